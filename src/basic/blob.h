/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdlib.h>
#include <string.h>

/* Bytes with a length: what documents, keys and signatures are before anybody has parsed them. */
typedef struct Blob {
        void *data; /* owned, malloc'ed */
        size_t size;
} Blob;

static inline void blob_done(Blob *b) {
        free(b->data);
        *b = (Blob) {};
}
#define _cleanup_blob_ __attribute__((cleanup(blob_done)))

/* The same for what must not stay in memory. */
static inline void blob_wipe(Blob *b) {
        if (b->data)
                explicit_bzero(b->data, b->size);
        blob_done(b);
}
#define _cleanup_secret_blob_ __attribute__((cleanup(blob_wipe)))

#define TAKE_BLOB(b)                                                                                        \
        ({                                                                                                  \
                Blob *_bp = &(b), _b = *_bp;                                                                \
                *_bp = (Blob) {};                                                                           \
                _b;                                                                                         \
        })
