/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which images and layers go.
 * Never: lets go what a pod that stays or an image that stays needs, or may need for all that can be told.
 * Follows: gantry-gc(1); docs/STORE.md, "Who may remove what". */

#include "basic/str.h"
#include "basic/strv.h"
#include "gc/plan.h"

#define USEC 1000000ULL

static void count_pod(Plan *p, const InventoryPod *pod) {
        for (size_t k = 0; k < pod->layers.n; k++)
                p->layer_needs[pod->layers.at[k]]++;
        for (size_t k = 0; k < pod->images.n; k++)
                p->image_needs[pod->images.at[k]]++;
        if (pod->damaged)
                p->doubt = pod->dir.name ? pod->dir.name : pod->dir.uuid;
}

static void count_image(Plan *p, const InventoryImage *image) {
        for (size_t k = 0; k < image->layers.n; k++)
                p->layer_needs[image->layers.at[k]]++;
        for (size_t k = 0; k < image->images.n; k++)
                p->image_needs[image->images.at[k]]++;
}

static void count_needs(Plan *p) {
        const Inventory *i = p->inventory;

        for (size_t k = 0; k < i->n_pods; k++)
                if (i->pods[k].using && !p->pods[k].goes)
                        count_pod(p, &i->pods[k]);
        for (size_t k = 0; k < i->n_images; k++)
                count_image(p, &i->images[k]);

        /* What is unknown of an image that goes in any case does not matter. */
        for (size_t k = 0; k < i->n_images; k++) {
                const InventoryImage *image = &i->images[k];

                if (image->damaged && (image->names || image->locked || p->image_needs[k] > 0))
                        p->doubt = image->names ? image->names[0] : "an image without a name";
        }
}

static bool is_free(const Plan *p, size_t image) {
        return !p->images[image].goes && !p->inventory->images[image].locked && p->image_needs[image] == 0 &&
               !p->doubt;
}

/* Its layers go with it unless another one has them, and what was there for its sake alone. */
static int drop_image(Plan *p, size_t image, const char *why) {
        const InventoryImage *dropped = &p->inventory->images[image];

        int r = fate_set(&p->images[image], true, "%s", why);
        p->freed += dropped->bytes;
        for (size_t k = 0; k < dropped->layers.n; k++) {
                size_t layer = dropped->layers.at[k];

                if (--p->layer_needs[layer] == 0)
                        p->freed += p->inventory->layers[layer].bytes;
        }
        for (size_t k = 0; k < dropped->images.n; k++)
                p->image_needs[dropped->images.at[k]]--;
        for (size_t k = 0; r >= 0 && k < dropped->images.n; k++) {
                size_t needed = dropped->images.at[k];

                if (is_free(p, needed) && !p->inventory->images[needed].names)
                        r = drop_image(p, needed, "it has no name, and no image that stays needs it");
        }

        return r;
}

/* What no name leads to: it was never complete, or another image has its names by now. */
static int drop_nameless(Plan *p) {
        int r = 0;

        for (size_t k = 0; r >= 0 && k < p->inventory->n_images; k++)
                if (!p->inventory->images[k].names && is_free(p, k))
                        r = drop_image(p, k, "it has no name, and nobody needs it");

        return r;
}

static uint64_t unused_for(const Plan *p, size_t image) {
        uint64_t used = p->inventory->images[image].used_usec;
        return p->now_usec > used ? (p->now_usec - used) / USEC : 0;
}

static int compare_use(const void *a, const void *b) {
        const InventoryImage *x = *(const InventoryImage *const *) a,
                             *y = *(const InventoryImage *const *) b;

        if (x->used_usec != y->used_usec)
                return x->used_usec < y->used_usec ? -1 : 1;
        return digest_compare(&x->id, &y->id);
}

/* Why an image that nobody needs has to go, or NULL. */
static const char *find_reason(const Plan *p, size_t image, const char *room) {
        if (unused_for(p, image) >= p->settings->max_retention)
                return "unused for longer than MaxRetention=";

        return plan_shortage(p) > 0 ? room : NULL;
}

/* One walk over all in the order of their last use. 1 if it changed anything. */
static int drop_in_order(Plan *p, const InventoryImage *const *order, const char *room) {
        const Inventory *i = p->inventory;
        int changed = 0;

        for (size_t k = 0; k < i->n_images; k++) {
                size_t image = order[k] - i->images;
                const char *why = is_free(p, image) ? find_reason(p, image, room) : NULL;

                if (!why)
                        continue;
                int r = drop_image(p, image, why);
                if (r < 0)
                        return r;
                changed = 1;
        }

        return changed;
}

static int drop_unused(Plan *p) {
        const Inventory *i = p->inventory;
        _cleanup_free_ const InventoryImage **order = calloc(i->n_images + 1, sizeof(*order));
        _cleanup_free_ char *room = NULL;

        if (!order || str_printf(&room, "unused for longest, makes room for %s=",
                                 p->pressure.setting ? p->pressure.setting : "") < 0)
                return -ENOMEM;

        for (size_t k = 0; k < i->n_images; k++)
                order[k] = &i->images[k];
        if (i->n_images > 0)
                qsort(order, i->n_images, sizeof(*order), compare_use);

        /* What others needed until then has its turn in the next walk. */
        int r;
        do
                r = drop_in_order(p, order, room);
        while (r > 0);

        return r;
}

/* Until an appc image has noted down its layers, those that were made for it cannot be told from others. */
static bool is_appc_being_fetched(const Inventory *i) {
        for (size_t k = 0; k < i->n_images; k++)
                if (i->images[k].locked && !i->images[k].sealed &&
                    i->images[k].id.algorithm == DIGEST_SHA512)
                        return true;

        return false;
}

/* Those that nobody needs: why it stays, then. */
static int judge_image(Plan *p, size_t k) {
        char span[32];

        if (p->inventory->images[k].locked)
                return fate_set(&p->images[k], false, "is being fetched");
        if (p->doubt)
                return fate_set(&p->images[k], false, "what '%s' needs cannot be read", p->doubt);

        span_format(unused_for(p, k), span);
        return fate_set(&p->images[k], false, "unused for %s, there is room", span);
}

static int judge_layer(Plan *p, size_t k, bool appc) {
        Fate *f = &p->layers[k];

        if (p->doubt)
                return fate_set(f, false, "what '%s' needs cannot be read", p->doubt);
        if (appc && p->inventory->layers[k].id.algorithm == DIGEST_SHA512)
                return fate_set(f, false, "may belong to what is being fetched");

        return fate_set(f, true, "nobody needs it");
}

/* Layers that nobody needed to begin with are free already. */
static void count_free_layers(Plan *p, bool appc) {
        for (size_t k = 0; k < p->inventory->n_layers; k++) {
                const InventoryLayer *layer = &p->inventory->layers[k];

                if (p->layer_needs[k] == 0 && !p->doubt && !(appc && layer->id.algorithm == DIGEST_SHA512))
                        p->freed += layer->bytes;
        }
}

int plan_images(Plan *p) {
        bool appc = is_appc_being_fetched(p->inventory);

        count_needs(p);
        count_free_layers(p, appc);
        int r = drop_nameless(p);
        if (r >= 0)
                r = drop_unused(p);
        if (r >= 0)
                r = plan_explain_needs(p);
        for (size_t k = 0; r >= 0 && k < p->inventory->n_images; k++)
                if (!p->images[k].why)
                        r = judge_image(p, k);
        for (size_t k = 0; r >= 0 && k < p->inventory->n_layers; k++)
                if (!p->layers[k].why)
                        r = judge_layer(p, k, appc);

        return r;
}
