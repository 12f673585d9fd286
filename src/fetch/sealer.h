/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "image/appc-whitelist.h"
#include "store/layer.h"

/* What seal-layer says of what it was given. */
typedef struct Sealed {
        Digest tar;        /* or the ID that was asked for */
        uint64_t tar_size; /* bytes */
        uint64_t entries;
        Digest verity; /* of the layer */
} Sealed;

/* One seal-layer at work: a tar stream goes in, a layer that has no name yet grows in the store. */
typedef struct Sealer {
        pid_t pid;
        int in;            /* write the stream here; -EBADF if it was given as a file */
        int output, error; /* what it prints */
        int layer;
} Sealer;

#define SEALER_NULL                                                                                         \
        (Sealer) {                                                                                          \
                .in = -EBADF, .output = -EBADF, .error = -EBADF, .layer = -EBADF                            \
        }

typedef struct SealerInput {
        const char *format;             /* "oci" or "aci" */
        int file;                       /* the stream; -EBADF: the caller writes it to Sealer.in */
        uint64_t max;                   /* bytes that it may unpack to */
        const AppcWhitelist *whitelist; /* NULL: all names are kept */
} SealerInput;

/* Logs. */
int sealer_start(Store *s, const SealerInput *input, Sealer *ret);

/* The same with a layer that is sealed already: of that in `file`, layer `id` has only what is in the list. */
int sealer_start_filter(Store *s, int file, const Digest *id, const AppcWhitelist *kept, Sealer *ret);

/* Of a stack of layers, bottom first, layer `id` mends what is hidden of directories. There is none if it has no entries. */
int sealer_start_mend(Store *s, const int *layers, size_t n, const Digest *id, Sealer *ret);

/* To be called when all has been written and is known to be what it should be. 0, or an error that
 * has been said, about `what` ("layer sha256:…"). */
int sealer_finish(Sealer *sealer, const char *what, Sealed *ret);

/* Publishes the layer of `image` under the digest of its tar, and notes it down. Logs. */
int sealer_publish(Sealer *s, Store *store, const Digest *image, const Sealed *sealed, LayerRecord *ret);

/* Ends it if it is still there. The layer is gone unless sealer_publish() was called. */
void sealer_done(Sealer *sealer);
#define _cleanup_sealer_ _cleanup_(sealer_done)
