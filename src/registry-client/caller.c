/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what we say to the program that started us, and what it says to us.
 * Never: goes on when it has gone.
 * Follows: registry/session.h. */

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "registry-client/caller.h"
#include "registry/wire.h"

int caller_receive(const Caller *c, char ***ret_words, int *ret_fd) {
        return wire_receive(c->socket, ret_words, ret_fd);
}

static int say(const Caller *c, const char *a, const char *b, const char *d) {
        return wire_send(c->socket, (char *[]) { (char *) a, (char *) b, (char *) d, NULL }, -EBADF);
}

int caller_note(const Caller *c, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list ap;

        va_start(ap, format);
        int n = vasprintf(&text, format, ap);
        va_end(ap);
        if (n < 0) {
                text = NULL;
                return -ENOMEM;
        }

        return say(c, "note", text, NULL);
}

int caller_begin(const Caller *c, uint64_t offset, const char *validator) {
        char number[24];

        (void) snprintf(number, sizeof(number), "%" PRIu64, offset);
        return say(c, "begin", number, validator ? validator : "");
}

int caller_done(const Caller *c, char *const *result) {
        _cleanup_strv_ char **words = NULL;

        int r = strv_add(&words, "done");
        if (r >= 0)
                r = strv_add_all(&words, result);

        return r < 0 ? r : wire_send(c->socket, words, -EBADF);
}

int caller_failed(const Caller *c, int error, const char *why) {
        char number[16];

        (void) snprintf(number, sizeof(number), "%d", -error);
        return say(c, "failed", number, why ? why : "");
}

static int ask_for_file(const Caller *c, const char *path, const char *what, uint64_t *ret_size,
                        int *ret_fd) {
        _cleanup_strv_ char **words = NULL;
        uint64_t error;

        int r = say(c, "file", path, what);
        if (r >= 0)
                r = wire_receive(c->socket, &words, ret_fd);
        if (r <= 0)
                return r < 0 ? r : -EPIPE;
        if (strv_length(words) != 3 || !streq(words[0], "file") || str_to_u64(words[1], &error) < 0 ||
            str_to_u64(words[2], ret_size) < 0)
                return -EPROTO;

        return -(int) error;
}

int caller_file(const Caller *c, const char *path) {
        int received = -EBADF;
        uint64_t size;

        int r = ask_for_file(c, path, "open", &size, &received);
        _cleanup_close_ int fd = received;

        return r < 0 ? r : fd < 0 ? -EPROTO : TAKE_FD(fd);
}

int caller_file_size(const Caller *c, const char *path, uint64_t *ret) {
        int received = -EBADF;

        int r = ask_for_file(c, path, "size", ret, &received);
        fd_close(received);
        return r;
}

int caller_sleep(const Caller *c, uint64_t milliseconds) {
        struct pollfd p = { .fd = c->socket, .events = POLLIN };

        /* It has no business with us before we have answered: if anything comes, it is its end. */
        int n = poll(&p, 1, (int) MIN(milliseconds, (uint64_t) INT32_MAX));
        return n < 0 && errno != EINTR ? -errno : n > 0 ? -EPIPE : 0;
}
