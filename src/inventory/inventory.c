/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the inventory as a whole: its order, and who needs what.
 * Never: changes what is in the store; locks the store.
 * Follows: docs/STORE.md, "Who may remove what". */

#include <string.h>

#include "basic/strv.h"
#include "inventory/scan.h"

Inventory *inventory_free(Inventory *i) {
        if (!i)
                return NULL;

        for (size_t k = 0; k < i->n_images; k++) {
                strv_free(i->images[k].names);
                free(i->images[k].layers.at);
                free(i->images[k].images.at);
        }
        for (size_t k = 0; k < i->n_pods; k++) {
                pod_dir_done(&i->pods[k].dir);
                free(i->pods[k].layers.at);
                free(i->pods[k].images.at);
        }
        for (size_t k = 0; k < i->n_leftovers; k++)
                free(i->leftovers[k].path);
        free(i->layers);
        free(i->images);
        free(i->pods);
        free(i->leftovers);
        free(i);

        return NULL;
}

int places_add(Places *p, size_t place) {
        /* Room is doubled whenever it has been used up. */
        if ((p->n & (p->n - 1)) == 0) {
                size_t *grown = reallocarray(p->at, MAX(p->n * 2, (size_t) 1), sizeof(size_t));
                if (!grown)
                        return -ENOMEM;
                p->at = grown;
        }

        p->at[p->n++] = place;
        return 0;
}

static int compare(const void *a, const void *b) {
        size_t x = *(const size_t *) a, y = *(const size_t *) b;
        return x < y ? -1 : x > y;
}

void places_sort(Places *p) {
        size_t n = 0;

        if (p->n > 0)
                qsort(p->at, p->n, sizeof(size_t), compare);
        for (size_t i = 0; i < p->n; i++)
                if (n == 0 || p->at[i] != p->at[n - 1])
                        p->at[n++] = p->at[i];
        p->n = n;
}

bool places_contain(const Places *p, size_t place) {
        return p->n > 0 && bsearch(&place, p->at, p->n, sizeof(size_t), compare);
}

static void count_needs_of_image(Inventory *i, const InventoryImage *image) {
        for (size_t k = 0; k < image->layers.n; k++)
                i->layers[image->layers.at[k]].n_images++;
        for (size_t k = 0; k < image->images.n; k++)
                i->images[image->images.at[k]].n_images++;
}

static void count_needs_of_pod(Inventory *i, const InventoryPod *pod) {
        for (size_t k = 0; k < pod->layers.n; k++)
                i->layers[pod->layers.at[k]].n_pods++;
        for (size_t k = 0; k < pod->images.n; k++)
                i->images[pod->images.at[k]].n_pods++;
}

static int scan(Scan *s) {
        int r = scan_layers(s);
        if (r >= 0)
                r = scan_images(s);
        if (r >= 0)
                r = scan_pods(s);
        if (r >= 0)
                r = scan_incoming(s);

        return r;
}

int inventory_load(Store *store, InventoryFlags flags, Inventory **ret) {
        _cleanup_(inventory_freep) Inventory *i = calloc(1, sizeof(Inventory));
        if (!i)
                return -ENOMEM;

        Scan s = { .store = store, .flags = flags, .inventory = i };
        int r = scan(&s);
        usage_done(&s.usage);
        if (r < 0)
                return r;

        for (size_t k = 0; k < i->n_images; k++)
                count_needs_of_image(i, &i->images[k]);
        for (size_t k = 0; k < i->n_pods; k++)
                count_needs_of_pod(i, &i->pods[k]);

        *ret = TAKE_PTR(i);
        return 0;
}

void inventory_image_bytes(const Inventory *i, const InventoryImage *image, uint64_t *ret_all,
                           uint64_t *ret_unique) {
        uint64_t all = 0, unique = 0;

        for (size_t k = 0; k < image->layers.n; k++) {
                const InventoryLayer *layer = &i->layers[image->layers.at[k]];

                all += layer->bytes;
                if (layer->n_images == 1)
                        unique += layer->bytes;
        }

        *ret_all = all;
        *ret_unique = unique;
}
