/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how many layers are under way, and waiting for whichever goes on first.
 * Never: knows what becomes of a layer.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include "basic/children.h"
#include "basic/log.h"
#include "fetch/layers.h"
#include "fetch/transfer.h"

/* A place for one layer at a time; its session is kept for the next one. */
typedef struct Slot {
        Transfer *transfer;
        size_t index; /* of its layer */
        Session *session;
} Slot;

typedef struct Layers {
        const Image *image;
        Origin *origin;
        Progress *progress;
        const OciManifest *manifest;
        const OciConfig *config;
        LayerRecord *records; /* of the layers that are in the store */
        Slot slots[FETCH_PARALLEL_MAX];
        size_t n_slots, next; /* next: the layer to be begun */
        uint64_t unpacked;    /* bytes in all so far */
} Layers;

static void layers_done(Layers *l) {
        for (size_t i = 0; i < l->n_slots; i++) {
                transfer_free(l->slots[i].transfer);
                session_close(l->slots[i].session);
        }
}

static int begin_next(Layers *l, Slot *slot) {
        const OciDescriptor *layer = &l->manifest->layers[l->next];

        ProgressRow *row = progress_row(l->progress, l->next + 1, l->manifest->n_layers, &layer->digest,
                                        layer->size);
        if (!row)
                return log_error_errno(ENOMEM, "Cannot fetch a layer: %m");

        int r = transfer_new(&(TransferSpec) { .store = l->image->store,
                                               .image = &l->image->id,
                                               .origin = l->origin,
                                               .session = &slot->session,
                                               .layer = layer,
                                               .diff_id = &l->config->diff_ids[l->next],
                                               .index = l->next,
                                               .unpacked_max = l->origin->limits->unpacked_max - l->unpacked,
                                               .row = row },
                             &slot->transfer);
        if (r >= 0)
                slot->index = l->next++;

        return r;
}

/* Each layer alone has been kept below what was left when it began; several at a time may still be too much
 * together. */
static int count_unpacked(Layers *l, const Transfer *t) {
        l->unpacked += transfer_unpacked(t);
        if (l->unpacked <= l->origin->limits->unpacked_max)
                return 0;

        log_error("Cannot use '%s': its layers unpack to more than the %llu bytes allowed (UnpackedMax= in fetch.conf)",
                  l->origin->text, (unsigned long long) l->origin->limits->unpacked_max);
        return -EFBIG;
}

static bool is_complete(const Layers *l) {
        for (size_t i = 0; i < l->n_slots; i++)
                if (l->slots[i].transfer)
                        return false;

        return l->next == l->manifest->n_layers;
}

/* Goes on with whatever can go on. */
static int advance(Layers *l) {
        for (size_t i = 0; i < l->n_slots; i++) {
                Slot *slot = &l->slots[i];
                int r = 0;

                if (!slot->transfer && l->next < l->manifest->n_layers)
                        r = begin_next(l, slot);
                if (r >= 0 && slot->transfer)
                        r = transfer_advance(slot->transfer);
                if (r > 0) {
                        l->records[slot->index] = *transfer_record(slot->transfer);
                        r = count_unpacked(l, slot->transfer);
                        slot->transfer = transfer_free(slot->transfer);
                }
                if (r < 0)
                        return r;
        }

        return 0;
}

static int min_timeout(int a, int b) {
        return a < 0 ? b : b < 0 ? a : MIN(a, b);
}

static int wait_for_any(Layers *l) {
        struct pollfd fds[FETCH_PARALLEL_MAX * TRANSFER_POLL_MAX];
        int timeout = progress_tick(l->progress);
        size_t n = 0;

        for (size_t i = 0; i < l->n_slots; i++) {
                int wanted = l->next < l->manifest->n_layers ? 0 : -1;

                if (l->slots[i].transfer)
                        n += transfer_poll(l->slots[i].transfer, fds + n, &wanted);
                timeout = min_timeout(timeout, wanted);
        }
        if (poll(fds, n, timeout) < 0 && errno != EINTR)
                return log_error_errno(errno, "Cannot wait for layers: %m");

        return children_interrupted() ? -ECANCELED : 0;
}

int layers_pull(const Image *image, Origin *o, Progress *progress, const OciManifest *manifest,
                const OciConfig *config, LayerRecord *ret) {
        _cleanup_(layers_done) Layers l = {
                .image = image,
                .origin = o,
                .progress = progress,
                .manifest = manifest,
                .config = config,
                .records = ret,
                .n_slots = MIN(o->limits->parallel_layers, (uint64_t) FETCH_PARALLEL_MAX),
        };

        /* The connection that the manifest came over is good for layers, too. */
        l.slots[0].session = TAKE_PTR(o->session);
        int r = advance(&l);
        while (r >= 0 && !is_complete(&l)) {
                r = wait_for_any(&l);
                if (r >= 0)
                        r = advance(&l);
        }

        return r;
}
