/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: bytes on their way.
 * Never: waits; changes the flags of an fd, which the caller's other programs may have, too.
 * Follows: pipe(7): what is ready takes PIPE_BUF bytes. */

#include <assert.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "console/flow.h"

void flow_poll(const Flow *f, struct pollfd *from, struct pollfd *to) {
        *from = (struct pollfd) { .fd = flow_is_empty(f) ? f->from : -1, .events = POLLIN };
        *to = (struct pollfd) { .fd = flow_is_empty(f) ? -1 : f->to, .events = POLLOUT };
}

ssize_t flow_read(const Flow *f, void *buffer, size_t max) {
        ssize_t n;

        do
                n = read(f->from, buffer, max);
        while (n < 0 && errno == EINTR);

        return n < 0 ? (errno == EIO ? 0 : -errno) : n;
}

void flow_put(Flow *f, const void *data, size_t n) {
        assert(flow_is_empty(f) && n <= FLOW_MAX);

        memcpy(f->data, data, n);
        f->start = 0;
        f->end = n;
}

int flow_write(Flow *f) {
        ssize_t n = write(f->to, f->data + f->start, MIN(f->end - f->start, (size_t) PIPE_BUF));
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n < 0) {
                f->start = f->end;
                return -errno;
        }

        f->start += n;
        return 0;
}
