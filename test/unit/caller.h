/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the other end of a Caller, for tests of what is said to it.
 * Never: starts a process.
 * Follows: registry-client/caller.h. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "registry-client/caller.h"
#include "registry/wire.h"

static Caller caller = { .socket = -EBADF };
static int caller_end = -EBADF; /* non-blocking */

static inline int caller_setup(void **state) {
        int sockets[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) < 0)
                return -1;
        caller.socket = sockets[0];
        caller_end = sockets[1];
        return 0;
}

static inline int caller_teardown(void **state) {
        caller.socket = fd_close(caller.socket);
        caller_end = fd_close(caller_end);
        return 0;
}

/* The next message is these words, separated by blanks; NULL: there is none. */
static inline void caller_expect(const char *expected) {
        _cleanup_strv_ char **words = NULL;
        char text[1024] = "";
        int fd;

        int r = wire_receive(caller_end, &words, &fd);
        if (r == -EAGAIN && !expected)
                return;
        assert_int_equal(r, 1);
        assert_int_equal(fd, -EBADF);
        STRV_FOREACH(w, words)
                (void) snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
                                w == words ? "" : " ", *w);
        if (!expected || !streq(text, expected))
                fail_msg("'%s' was said, expected '%s'", text, expected ? expected : "nothing");
}
