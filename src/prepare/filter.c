/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: decompression by libarchive.
 * Never: lets libarchive guess: it is told the one format, and gives what comes out of that.
 * Follows: RFC 1952 (gzip, several members), RFC 8878 (zstd, several frames), bzip2, xz. */

#include <archive.h>
#include <string.h>

#include "basic/refuse.h"
#include "prepare/decompressor.h"

typedef struct Filter {
        Decompressor base;
        Input *in;
        uint64_t fed; /* what went into the archive */
        bool empty;   /* nothing will come out of it */
        struct archive *archive;
} Filter;

static ssize_t feed(struct archive *a, void *userdata, const void **ret) {
        Filter *f = userdata;

        ssize_t n = input_next(f->in, ret);
        if (n < 0) {
                archive_set_error(a, -n, "Cannot read: %s", strerror(-n));
                return ARCHIVE_FATAL;
        }

        f->fed += n;
        return n;
}

static int cannot_decompress(Filter *f, char **reterr_why) {
        const char *message = archive_error_string(f->archive);

        return refuse(reterr_why, -EBADMSG, "cannot decompress it: %s", message ?: "it is cut short");
}

/* The archive stops where its stream ends; the blob must end there too. */
static ssize_t check_end(Filter *f, char **reterr_why) {
        const void *rest;

        if ((uint64_t) archive_filter_bytes(f->archive, -1) == f->fed) {
                ssize_t n = input_next(f->in, &rest);
                if (n <= 0)
                        return n;
        }

        return decompressor_refuse_rest(reterr_why);
}

static ssize_t filter_next(Decompressor *d, const void **ret, char **reterr_why) {
        Filter *f = (Filter *) d;
        int64_t offset;
        size_t size;

        if (f->empty)
                return check_end(f, reterr_why);

        for (;;)
                switch (archive_read_data_block(f->archive, ret, &size, &offset)) {
                case ARCHIVE_OK:
                        if (size > 0)
                                return size;
                        break;
                case ARCHIVE_EOF: return check_end(f, reterr_why);
                default: return cannot_decompress(f, reterr_why);
                }
}

static void filter_free(Decompressor *d) {
        Filter *f = (Filter *) d;

        if (f->archive)
                archive_read_free(f->archive);
        free(f);
}

static int open_archive(Filter *f, int filter, char **reterr_why) {
        struct archive_entry *entry;

        f->archive = archive_read_new();
        if (!f->archive)
                return -ENOMEM;
        if (archive_read_support_format_raw(f->archive) != ARCHIVE_OK ||
            archive_read_append_filter(f->archive, filter) != ARCHIVE_OK)
                return -EOPNOTSUPP;
        if (archive_read_open(f->archive, f, NULL, feed, NULL) != ARCHIVE_OK)
                return cannot_decompress(f, reterr_why);

        /* Reads ahead, and if it cannot, has forgotten why. */
        int r = archive_read_next_header(f->archive, &entry);
        if (r != ARCHIVE_OK && r != ARCHIVE_EOF)
                return refuse(reterr_why, -EBADMSG, "cannot decompress it: it is damaged or cut short");

        f->empty = r == ARCHIVE_EOF;
        return 0;
}

int filter_new(Input *in, int filter, Decompressor **ret, char **reterr_why) {
        static const DecompressorType type = { .next = filter_next, .free = filter_free };
        int r;

        Filter *f = malloc(sizeof(*f));
        if (!f)
                return -ENOMEM;
        *f = (Filter) { .base.type = &type, .in = in };
        _cleanup_(decompressor_freep) Decompressor *d = &f->base;

        r = open_archive(f, filter, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(d);
        return 0;
}

int decompressor_refuse_rest(char **reterr_why) {
        return refuse(reterr_why, -EBADMSG, "there are bytes behind the end of the compressed data");
}
