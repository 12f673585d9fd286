/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: getting bytes into the image file in large, ordered writes.
 * Never: reads the file; knows what the bytes mean.
 * Follows: pwrite(2). */

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "erofs/format.h"
#include "erofs/output.h"

#define BUFFER_SIZE (512u * 1024)
#define IMAGE_MAX ((uint64_t) (UINT32_MAX - 1) * EROFS_BLOCK_SIZE)

int output_init(Output *o, int fd) {
        uint8_t *buffer = malloc(BUFFER_SIZE);
        if (!buffer)
                return -ENOMEM;

        *o = (Output) {
                .fd = fd,
                .position = EROFS_BLOCK_SIZE,
                .buffer = buffer,
        };
        return 0;
}

void output_done(Output *o) {
        free(o->buffer);
        *o = (Output) { .fd = -EBADF };
}

uint32_t output_block(const Output *o) {
        assert(o->position % EROFS_BLOCK_SIZE == 0);
        return o->position / EROFS_BLOCK_SIZE;
}

static int write_at(int fd, uint64_t offset, const uint8_t *data, size_t size) {
        if (fd < 0)
                return 0;

        while (size > 0) {
                ssize_t n = pwrite(fd, data, size, offset);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                data += n;
                size -= n;
                offset += n;
        }

        return 0;
}

int output_flush(Output *o) {
        int r = write_at(o->fd, o->position - o->buffered, o->buffer, o->buffered);
        if (r < 0)
                return r;

        o->buffered = 0;
        return 0;
}

int output_write(Output *o, const void *data, size_t size) {
        const uint8_t *p = data;

        if (size > IMAGE_MAX - o->position)
                return -EFBIG;

        while (size > 0) {
                size_t n = MIN(size, BUFFER_SIZE - o->buffered);

                memcpy(o->buffer + o->buffered, p, n);
                o->buffered += n;
                o->position += n;
                p += n;
                size -= n;

                if (o->buffered == BUFFER_SIZE) {
                        int r = output_flush(o);
                        if (r < 0)
                                return r;
                }
        }

        return 0;
}

int output_zero(Output *o, uint64_t size) {
        static const uint8_t zeros[EROFS_BLOCK_SIZE];

        while (size > 0) {
                size_t n = MIN(size, sizeof(zeros));

                int r = output_write(o, zeros, n);
                if (r < 0)
                        return r;
                size -= n;
        }

        return 0;
}

int output_align(Output *o, uint64_t alignment) {
        return output_zero(o, -o->position & (alignment - 1));
}

int output_patch(Output *o, uint64_t offset, const void *data, size_t size) {
        assert(offset + size <= o->position - o->buffered);
        return write_at(o->fd, offset, data, size);
}
