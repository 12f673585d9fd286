/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "fetch/download.h"
#include "fetch/origin.h"
#include "fetch/progress.h"
#include "image/oci.h"
#include "store/layer.h"

/* One layer on its way into the store: downloaded, unless it is on this machine, and at the same time hashed
 * and passed to a seal-layer; published when the compressed bytes are those of the manifest and the tar in
 * them is that of the config. */
typedef struct Transfer Transfer;

typedef struct TransferSpec {
        Store *store;
        const Origin *origin;
        Session **session; /* used for it, and made if it is not there yet */
        const OciDescriptor *layer;
        const Digest *diff_id, *image;
        size_t index;          /* in the image, from 0 */
        uint64_t unpacked_max; /* bytes */
        ProgressRow *row;      /* owned by the transfer from then on */
} TransferSpec;

/* All borrowed but the row. Logs, as the others do. */
int transfer_new(const TransferSpec *spec, Transfer **ret);
Transfer *transfer_free(Transfer *t);
DEFINE_CLEANUP(Transfer, transfer_free)

#define TRANSFER_POLL_MAX (DOWNLOAD_POLL_MAX + 2)
#define TRANSFER_RETRY_MS 100

/* What to wait for, and in *ret_timeout how long at most (-1: for ever). Returns how many fds. */
size_t transfer_poll(const Transfer *t, struct pollfd *ret, int *ret_timeout);

/* Does what can be done without waiting. 1 when the layer is in the store, 0 if there is more to do. */
int transfer_advance(Transfer *t);

/* When the layer is in the store: what is known of it, and how large the tar was, 0 if it had been there. */
const LayerRecord *transfer_record(const Transfer *t);
uint64_t transfer_unpacked(const Transfer *t);
