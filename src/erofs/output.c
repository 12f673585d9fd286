/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: getting bytes into the image file in large, ordered writes, and on their way to the disk.
 * Never: reads the file; knows what the bytes mean.
 * Follows: pwrite(2), sync_file_range(2). */

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "erofs/format.h"
#include "erofs/output.h"

#define BUFFER_SIZE ((size_t) 128 * 1024)
#define DIRECT_MIN ((size_t) 32 * 1024) /* what is as large goes out from where it is */
#define WRITEBACK_SIZE (8u * 1024 * 1024)
#define IMAGE_MAX ((uint64_t) (UINT32_MAX - 1) * EROFS_BLOCK_SIZE)

int output_init(Output *o, int fd, uint64_t max) {
        uint8_t *buffer = malloc(BUFFER_SIZE);
        if (!buffer)
                return -ENOMEM;

        *o = (Output) {
                .fd = fd,
                .position = EROFS_BLOCK_SIZE,
                .max = MIN(max, IMAGE_MAX),
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

/* The disk has something to do while the rest is made, and little when the file is synced. That is only a
 * hint: not every file can. */
static void start_writeback(Output *o) {
        if (o->fd < 0 || o->position - o->started < WRITEBACK_SIZE)
                return;

        (void) sync_file_range(o->fd, o->started, o->position - o->started, SYNC_FILE_RANGE_WRITE);
        o->started = o->position;
}

int output_flush(Output *o) {
        int r = write_at(o->fd, o->position - o->buffered, o->buffer, o->buffered);
        if (r < 0)
                return r;

        o->buffered = 0;
        start_writeback(o);
        return 0;
}

static int write_direct(Output *o, const void *data, size_t size) {
        int r = output_flush(o);
        if (r >= 0)
                r = write_at(o->fd, o->position, data, size);
        if (r < 0)
                return r;

        o->position += size;
        return 0;
}

int output_write(Output *o, const void *data, size_t size) {
        const uint8_t *p = data;

        if (o->position > o->max || size > o->max - o->position)
                return -EFBIG;
        if (size >= DIRECT_MIN)
                return write_direct(o, data, size);

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
