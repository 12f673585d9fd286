/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the buffer that a blob comes in through.
 * Never: waits for more than there is: whoever sends goes on while this is worked on.
 * Follows: read(2). */

#include <assert.h>
#include <unistd.h>

#include "basic/fd.h"
#include "prepare/input.h"

#define BUFFER_SIZE (256u * 1024)

int input_init(Input *in, int fd) {
        uint8_t *buffer = malloc(BUFFER_SIZE);
        if (!buffer)
                return -ENOMEM;

        *in = (Input) { .fd = fd, .buffer = buffer };
        return 0;
}

void input_done(Input *in) {
        free(in->buffer);
        *in = (Input) { .fd = -EBADF };
}

ssize_t input_peek(Input *in, size_t size) {
        assert(size <= BUFFER_SIZE);

        if (in->ahead < size) {
                ssize_t n = fd_read_full(in->fd, in->buffer + in->ahead, size - in->ahead);
                if (n < 0)
                        return n;
                in->ahead += n;
        }

        return in->ahead;
}

ssize_t input_next(Input *in, const void **ret) {
        ssize_t n = in->ahead;

        in->ahead = 0;
        *ret = in->buffer;
        if (n > 0)
                return n;

        do
                n = read(in->fd, in->buffer, BUFFER_SIZE);
        while (n < 0 && errno == EINTR);

        return n < 0 ? -errno : n;
}
