/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: seeing how a blob is compressed, and how much may come out of it.
 * Never: guesses twice: the first bytes say what it is, and it is that or nothing.
 * Follows: the magic numbers of RFC 1952 (gzip), RFC 8878 (zstd), bzip2 and xz. */

#include <archive.h>
#include <inttypes.h>
#include <string.h>

#include "basic/refuse.h"
#include "prepare/decompressor.h"
#include "prepare/unpack.h"

#define MAGIC_MAX 6

struct Unpacker {
        Input in;
        Decompressor *decompressor; /* NULL: not compressed */
        uint64_t size, max;         /* of what goes out */
};

static int detect_filter(const uint8_t *p, size_t size) {
        static const struct {
                const char *magic;
                size_t size;
                int filter;
        } table[] = {
                { "\x1f\x8b", 2, ARCHIVE_FILTER_GZIP },
                { "\x28\xb5\x2f\xfd", 4, ARCHIVE_FILTER_ZSTD },
                { "\x50\x2a\x4d\x18", 4, ARCHIVE_FILTER_ZSTD }, /* a frame to be skipped, as pzstd begins */
                { "BZh", 3, ARCHIVE_FILTER_BZIP2 },
                { "\xfd"
                  "7zXZ",
                  6, ARCHIVE_FILTER_XZ }, /* and its NUL */
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (size >= table[i].size && memcmp(p, table[i].magic, table[i].size) == 0)
                        return table[i].filter;

        return ARCHIVE_FILTER_NONE;
}

static int start(Unpacker *u, int fd, char **reterr_why) {
        int r = input_init(&u->in, fd);
        if (r < 0)
                return r;

        ssize_t n = input_peek(&u->in, MAGIC_MAX);
        if (n < 0)
                return n;

        int filter = detect_filter(u->in.buffer, n);
        switch (filter) {
        case ARCHIVE_FILTER_NONE: return 0;
        case ARCHIVE_FILTER_GZIP: return gunzip_new(&u->in, &u->decompressor, reterr_why);
        default: return filter_new(&u->in, filter, &u->decompressor, reterr_why);
        }
}

int unpacker_new(int fd, uint64_t max, Unpacker **ret, char **reterr_why) {
        _cleanup_(unpacker_freep) Unpacker *u = malloc(sizeof(*u));
        if (!u)
                return -ENOMEM;
        *u = (Unpacker) { .max = max };

        int r = start(u, fd, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(u);
        return 0;
}

Unpacker *unpacker_free(Unpacker *u) {
        if (!u)
                return NULL;

        decompressor_free(u->decompressor);
        input_done(&u->in);
        free(u);
        return NULL;
}

bool unpacker_is_compressed(const Unpacker *u) {
        return u->decompressor;
}

uint64_t unpacker_size(const Unpacker *u) {
        return u->size;
}

ssize_t unpacker_next(Unpacker *u, const void **ret, char **reterr_why) {
        ssize_t n = u->decompressor ? decompressor_next(u->decompressor, ret, reterr_why)
                                    : input_next(&u->in, ret);
        if (n < 0)
                return n;
        if ((uint64_t) n > u->max - u->size)
                return refuse(reterr_why, -EFBIG, "more than %" PRIu64 " bytes unpacked", u->max);

        u->size += n;
        return n;
}
