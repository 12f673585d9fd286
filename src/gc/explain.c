/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry gc --explain`.
 * Never: leaves anything out: the sizes add up to what du(1) says.
 * Follows: gantry-gc(1). */

#include <inttypes.h>
#include <stdio.h>

#include "basic/str.h"
#include "basic/table.h"
#include "gc/explain.h"

static const char *const kinds[_LEFTOVER_KIND_MAX] = {
        [LEFTOVER_PART] = "part",           [LEFTOVER_QUARANTINE] = "quarantine",
        [LEFTOVER_DAMAGED] = "damaged",     [LEFTOVER_UNFINISHED] = "unfinished",
        [LEFTOVER_DANGLING] = "name",       [LEFTOVER_VOLUME] = "volume",
        [LEFTOVER_STAGE1] = "stage1",       [LEFTOVER_CURRENT] = "stage1",
        [LEFTOVER_DIRECTORY] = "directory", [LEFTOVER_UNKNOWN] = "unknown",
};

static int add(Table *t, const char *kind, const char *name, uint64_t bytes, const Fate *f) {
        _cleanup_free_ char *why = NULL, *escaped = str_escape(name, strlen(name), SIZE_MAX);
        char size[24];

        if (!escaped || str_printf(&why, "%s: %s", f->goes ? "goes" : "stays", f->why) < 0)
                return -ENOMEM;

        (void) snprintf(size, sizeof(size), "%" PRIu64, bytes);
        return table_add(t, (const char *[]) { kind, escaped, size, why });
}

static int add_images(Table *t, const Plan *p) {
        int r = 0;

        for (size_t k = 0; r >= 0 && k < p->inventory->n_images; k++) {
                const InventoryImage *image = &p->inventory->images[k];
                char id[DIGEST_TEXT_MAX];

                digest_format_id(&image->id, id);
                r = add(t, "image", image->names ? image->names[0] : id, image->bytes, &p->images[k]);
        }

        return r;
}

static int add_layers(Table *t, const Plan *p) {
        int r = 0;

        for (size_t k = 0; r >= 0 && k < p->inventory->n_layers; k++) {
                char id[DIGEST_TEXT_MAX];

                digest_format_id(&p->inventory->layers[k].id, id);
                r = add(t, "layer", id, p->inventory->layers[k].bytes, &p->layers[k]);
        }

        return r;
}

static int fill(Table *t, const Plan *p) {
        const Inventory *i = p->inventory;
        int r = 0;

        for (size_t k = 0; r >= 0 && k < i->n_pods; k++)
                r = add(t, "pod", i->pods[k].dir.name ? i->pods[k].dir.name : i->pods[k].dir.uuid,
                        i->pods[k].bytes, &p->pods[k]);
        if (r >= 0)
                r = add_images(t, p);
        if (r >= 0)
                r = add_layers(t, p);
        for (size_t k = 0; r >= 0 && k < i->n_leftovers; k++)
                r = add(t, kinds[i->leftovers[k].kind], i->leftovers[k].path, i->leftovers[k].bytes,
                        &p->leftovers[k]);

        return r;
}

int explain(const Plan *p) {
        static const char *const headings[] = { "KIND", "NAME", "SIZE", "WHY", NULL };
        _cleanup_(table_freep) Table *t = table_new(headings);

        int r = t ? fill(t, p) : -ENOMEM;
        if (r < 0)
                return r;

        table_set_verbatim(t, 2); /* whole bytes: they can be added up */
        return table_print(t);
}
