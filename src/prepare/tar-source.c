/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way from a blob to the bytes of its tar: decompression and their digest.
 * Never: guesses twice: the first bytes say how the blob is compressed, what comes out is a tar or nothing.
 * Follows: RFC 1952 (gzip, several members), RFC 8878 (zstd), the magic numbers of bzip2 and xz. */

#include <archive.h>
#include <string.h>

#include "basic/fd.h"
#include "erofs/refuse.h"
#include "prepare/tar-source.h"

#define BUFFER_SIZE (512u * 1024)

struct TarSource {
        int fd; /* borrowed */
        Hasher *hasher;
        uint64_t size;           /* what went out */
        struct archive *archive; /* NULL: not compressed */
        uint64_t fed;            /* what went into it */
        size_t ahead;            /* bytes of the buffer that have been read but not used */
        uint8_t buffer[BUFFER_SIZE];
};

static int detect_filter(const uint8_t *p, size_t size) {
        static const struct {
                const char *magic;
                size_t size;
                int filter;
        } table[] = {
                { "\x1f\x8b", 2, ARCHIVE_FILTER_GZIP },
                { "\x28\xb5\x2f\xfd", 4, ARCHIVE_FILTER_ZSTD },
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

static ssize_t fill(TarSource *s) {
        size_t ahead = s->ahead;

        s->ahead = 0;
        return ahead > 0 ? (ssize_t) ahead : fd_read_full(s->fd, s->buffer, sizeof(s->buffer));
}

static ssize_t feed(struct archive *a, void *userdata, const void **ret) {
        TarSource *s = userdata;

        ssize_t n = fill(s);
        if (n < 0) {
                archive_set_error(a, -n, "Cannot read: %s", strerror(-n));
                return ARCHIVE_FATAL;
        }

        s->fed += n;
        *ret = s->buffer;
        return n;
}

static int cannot_decompress(TarSource *s, char **reterr_why) {
        const char *message = archive_error_string(s->archive);

        return refuse(reterr_why, -EBADMSG, "cannot decompress it: %s", message ?: "it is cut short");
}

static int start_decompression(TarSource *s, int filter, char **reterr_why) {
        struct archive_entry *entry;

        s->archive = archive_read_new();
        if (!s->archive)
                return -ENOMEM;
        if (archive_read_support_format_raw(s->archive) != ARCHIVE_OK ||
            archive_read_append_filter(s->archive, filter) != ARCHIVE_OK)
                return -EOPNOTSUPP;
        if (archive_read_open(s->archive, s, NULL, feed, NULL) != ARCHIVE_OK ||
            archive_read_next_header(s->archive, &entry) != ARCHIVE_OK)
                return cannot_decompress(s, reterr_why);

        return 0;
}

int tar_source_new(int fd, DigestAlgorithm algorithm, TarSource **ret, char **reterr_why) {
        _cleanup_(tar_source_freep) TarSource *s = malloc(sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        *s = (TarSource) { .fd = fd };

        r = hasher_new(algorithm, &s->hasher);
        if (r < 0)
                return r;

        ssize_t n = fill(s);
        if (n < 0)
                return n;
        s->ahead = n;

        int filter = detect_filter(s->buffer, n);
        if (filter != ARCHIVE_FILTER_NONE) {
                r = start_decompression(s, filter, reterr_why);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(s);
        return 0;
}

TarSource *tar_source_free(TarSource *s) {
        if (!s)
                return NULL;

        if (s->archive)
                archive_read_free(s->archive);
        hasher_free(s->hasher);
        free(s);
        return NULL;
}

/* The decompressor stops where its stream ends; the blob must end there too. */
static int check_end(TarSource *s, char **reterr_why) {
        if ((uint64_t) archive_filter_bytes(s->archive, -1) == s->fed) {
                ssize_t n = fill(s);
                if (n <= 0)
                        return n;
        }

        return refuse(reterr_why, -EBADMSG, "there are bytes behind the end of the compressed data");
}

static ssize_t decompress(TarSource *s, const void **ret, char **reterr_why) {
        int64_t offset;
        size_t size;

        for (;;)
                switch (archive_read_data_block(s->archive, ret, &size, &offset)) {
                case ARCHIVE_OK:
                        if (size > 0)
                                return size;
                        break;
                case ARCHIVE_EOF: return check_end(s, reterr_why);
                default: return cannot_decompress(s, reterr_why);
                }
}

ssize_t tar_source_next(TarSource *s, const void **ret, char **reterr_why) {
        *ret = s->buffer;

        ssize_t n = s->archive ? decompress(s, ret, reterr_why) : fill(s);
        if (n > 0) {
                hasher_update(s->hasher, *ret, n);
                s->size += n;
        }

        return n;
}

int tar_source_finish(TarSource *s, Digest *ret, uint64_t *ret_size, char **reterr_why) {
        const void *data;
        ssize_t n;

        do
                n = tar_source_next(s, &data, reterr_why);
        while (n > 0);
        if (n < 0)
                return n;

        hasher_final(s->hasher, ret);
        *ret_size = s->size;
        return 0;
}
