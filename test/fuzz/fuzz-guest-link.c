/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the host's end of a link, under a guest that sends any bytes.
 * Never: has it do more than open the streams that the guest speaks of.
 * Follows: link/link.h. */

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "fuzz.h"
#include "link/link.h"

#define STREAMS 4
#define BYTES_MAX (96 * 1024)

static int on_message(const LinkMessage *m, char **reterr_why, void *userdata) {
        fuzz_check(m->type < _LINK_TYPES && m->app < 2);
        fuzz_check(!m->text || strlen(m->text) <= LINK_LOG_MAX);
        fuzz_check(!m->name || strlen(m->name) <= LINK_NAME_MAX);
        if (m->type != LINK_START)
                return 0;

        /* a terminal that takes nothing: what comes is kept */
        int pipe_fds[2];
        fuzz_check(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) >= 0);
        if (m->terminal)
                fuzz_check(fcntl(pipe_fds[1], F_SETPIPE_SZ, 4096) >= 0);
        int r = link_open(*(Link **) userdata, m->id, m->terminal ? pipe_fds[0] : -EBADF, pipe_fds[1]);
        if (!m->terminal)
                fd_close(pipe_fds[0]);
        return r;
}

static void on_over(uint32_t id, void *userdata) {
        fuzz_check(id != 0 && !link_has(*(Link **) userdata, id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const LinkLimits limits = { .apps = 2, .streams = STREAMS };
        _cleanup_(link_freep) Link *l = NULL;
        _cleanup_free_ char *why = NULL;
        struct pollfd fds[2 + 2 * STREAMS];
        int pair[2], r = 0;

        if (size > BYTES_MAX)
                return 0;
        signal(SIGPIPE, SIG_IGN);
        fuzz_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) >= 0);
        fuzz_check(link_new(pair[0], LINK_HOST, &limits, &(LinkEvents) { on_message, on_over, &l }, &l) >=
                   0);
        fuzz_check(write(pair[1], data, size) == (ssize_t) size && shutdown(pair[1], SHUT_WR) >= 0);

        while (r >= 0) {
                link_poll(l, fds);
                fuzz_check(link_n_poll(l) == ELEMENTSOF(fds) && poll(fds, ELEMENTSOF(fds), 0) >= 0);
                r = link_dispatch(l, fds, &why);
        }
        fuzz_check(r == -ECONNRESET || r == -EBADMSG || r == -EEXIST || r == -ENOBUFS);
        fuzz_check((r == -EBADMSG) == (why != NULL));
        close(pair[1]);
        return 0;
}
