/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "prepare/input.h"

/* One way to make the bytes of a compressed stream what they were. */
typedef struct Decompressor Decompressor;

typedef struct DecompressorType {
        ssize_t (*next)(Decompressor *d, const void **ret, char **reterr_why);
        void (*free)(Decompressor *d);
} DecompressorType;

struct Decompressor {
        const DecompressorType *type;
};

static inline Decompressor *decompressor_free(Decompressor *d) {
        if (d)
                d->type->free(d);
        return NULL;
}
DEFINE_CLEANUP(Decompressor, decompressor_free)

/* The next bytes, valid until the next call. Returns how many, 0 at the end, or -errno; -EBADMSG and
 * *reterr_why if the stream is damaged, cut short, or followed by something else. */
static inline ssize_t decompressor_next(Decompressor *d, const void **ret, char **reterr_why) {
        return d->type->next(d, ret, reterr_why);
}

/* The first: gzip by ISA-L, or by libarchive if gantry was built without. The second: all libarchive knows,
 * by one of its ARCHIVE_FILTER_* numbers. Both borrow `in`. */
int gunzip_new(Input *in, Decompressor **ret, char **reterr_why);
int filter_new(Input *in, int filter, Decompressor **ret, char **reterr_why);

/* What both say of bytes that belong to no stream. */
int decompressor_refuse_rest(char **reterr_why);
