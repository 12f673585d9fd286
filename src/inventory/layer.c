/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the layers of the inventory.
 * Never: reads what is in one.
 * Follows: store/layer.h. */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "basic/array.h"
#include "basic/str.h"
#include "inventory/scan.h"
#include "store/layer.h"

static int count(Scan *s, int dir_fd, const char *name, uint64_t *ret) {
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;

        return usage_add(&s->usage, &st, ret);
}

static int add(Scan *s, int dir_fd, const char *name, const Digest *id) {
        InventoryLayer layer = { .id = *id };
        Inventory *i = s->inventory;
        int r = s->flags & INVENTORY_NOTED ? 0 : count(s, dir_fd, name, &layer.bytes);
        if (r >= 0)
                r = array_reserve(&i->layers, &s->layers_allocated, i->n_layers, sizeof(layer));
        if (r >= 0)
                i->layers[i->n_layers++] = layer;
        return r == -ENOENT ? 0 : r; /* gone meanwhile */
}

static int note(Scan *s, int dir_fd, const char *name, void *userdata) {
        Digest id;

        if (layer_parse_name(name, &id))
                return add(s, dir_fd, name, &id);

        LeftoverKind kind = startswith(name, ".#")        ? LEFTOVER_UNFINISHED
                            : layer_is_damaged_name(name) ? LEFTOVER_DAMAGED
                                                          : LEFTOVER_UNKNOWN;
        return scan_leftover(s, kind, dir_fd, "layers", name);
}

static int compare(const void *a, const void *b) {
        return digest_compare(&((const InventoryLayer *) a)->id, &((const InventoryLayer *) b)->id);
}

InventoryLayer *inventory_find_layer(const Inventory *i, const Digest *id) {
        InventoryLayer key = { .id = *id };
        return i->n_layers > 0 ? bsearch(&key, i->layers, i->n_layers, sizeof(key), compare) : NULL;
}

void scan_noted_layer(Scan *s, const LayerRecord *record) {
        InventoryLayer *layer = inventory_find_layer(s->inventory, &record->id);
        if (layer && s->flags & INVENTORY_NOTED)
                layer->bytes = record->size;
}

int scan_need_layer(Scan *s, const Digest *id, Places *places, size_t *missing) {
        const InventoryLayer *layer = inventory_find_layer(s->inventory, id);
        if (layer)
                return places_add(places, layer - s->inventory->layers);

        ++*missing;
        return 0;
}

int scan_layers(Scan *s) {
        int r = scan_directory(s, store_layers_fd(s->store), "layers");
        if (r >= 0)
                r = scan_entries(s, store_layers_fd(s->store), ".", note, NULL);
        if (r >= 0 && s->inventory->n_layers > 0)
                qsort(s->inventory->layers, s->inventory->n_layers, sizeof(InventoryLayer), compare);

        return r;
}
