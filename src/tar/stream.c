/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way from pieces of input, however they come, to blocks and data; showing what is none of it aside.
 * Never: copies data; knows what a block says.
 * Follows: tar/tar.h, TarInput. */

#include <string.h>

#include "basic/refuse.h"
#include "tar/stream.h"

/* Makes sure that something is there. Returns 1, 0 at the end. */
static int fill(TarStream *s, char **reterr_why) {
        const void *data;

        if (s->size > 0)
                return 1;

        ssize_t n = s->input.read(s->input.userdata, &data, reterr_why);
        s->failed = n < 0;
        if (n <= 0)
                return n;

        s->data = data;
        s->size = n;
        return 1;
}

ssize_t tar_stream_take(TarStream *s, uint64_t max, const void **ret, char **reterr_why) {
        int r = fill(s, reterr_why);
        if (r <= 0)
                return r;

        size_t n = MIN(max, s->size);
        *ret = s->data;
        s->data += n;
        s->size -= n;
        s->position += n;
        return n;
}

static int show_aside(TarStream *s, const void *data, size_t size) {
        return s->input.aside ? s->input.aside(s->input.userdata, data, size) : 0;
}

int tar_stream_block(TarStream *s, uint8_t ret[static TAR_BLOCK_SIZE], char **reterr_why) {
        size_t size = 0;

        while (size < TAR_BLOCK_SIZE) {
                const void *data;

                ssize_t n = tar_stream_take(s, TAR_BLOCK_SIZE - size, &data, reterr_why);
                if (n < 0)
                        return n;
                if (n == 0)
                        return size == 0 ? 0 : refuse(reterr_why, -EBADMSG, "it is cut short");
                memcpy(ret + size, data, n);
                size += n;
        }

        int r = show_aside(s, ret, TAR_BLOCK_SIZE);
        return r < 0 ? r : 1;
}

/* Nothing of it is there yet. */
static int skip(TarStream *s, uint64_t size) {
        int r = s->input.skip(s->input.userdata, size);
        if (r < 0) {
                s->failed = true;
                return r;
        }

        s->position += size;
        return 1;
}

int tar_stream_pass(TarStream *s, uint64_t size, char **reterr_why) {
        while (size > 0) {
                const void *data;

                if (s->size == 0 && s->input.skip)
                        return skip(s, size);

                ssize_t n = tar_stream_take(s, size, &data, reterr_why);
                if (n <= 0)
                        return n;
                int r = show_aside(s, data, n);
                if (r < 0)
                        return r;
                size -= n;
        }

        return 1;
}
