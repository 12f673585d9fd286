/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the words for who needs what.
 * Never: decides.
 * Follows: gantry-gc(1). */

#include "basic/str.h"
#include "gc/plan.h"

/* Who it is that needs something: "image 'docker.io/library/debian'". */
typedef struct Who {
        const char *kind;
        const char *name;
} Who;

/* Whoever comes first is named, the others are counted. */
static int explain(Fate *f, size_t needs, const Who *who) {
        if (f->why)
                return 0;
        if (needs > 1)
                return fate_set(f, false, "needed by %s '%s' and %zu more", who->kind, who->name, needs - 1);

        return fate_set(f, false, "needed by %s '%s'", who->kind, who->name);
}

static int explain_all(Plan *p, const Places *images, const Places *layers, const Who *who) {
        int r = 0;

        for (size_t k = 0; r >= 0 && k < images->n; k++)
                r = explain(&p->images[images->at[k]], p->image_needs[images->at[k]], who);
        for (size_t k = 0; r >= 0 && k < layers->n; k++)
                r = explain(&p->layers[layers->at[k]], p->layer_needs[layers->at[k]], who);

        return r;
}

int plan_explain_needs(Plan *p) {
        const Inventory *i = p->inventory;
        int r = 0;

        for (size_t k = 0; r >= 0 && k < i->n_pods; k++) {
                const InventoryPod *pod = &i->pods[k];

                if (pod->using && !p->pods[k].goes)
                        r = explain_all(p, &pod->images, &pod->layers,
                                        &(Who) { "pod", pod->dir.name ? pod->dir.name : pod->dir.uuid });
        }
        for (size_t k = 0; r >= 0 && k < i->n_images; k++) {
                const InventoryImage *image = &i->images[k];
                char id[DIGEST_TEXT_MAX];

                digest_format_id(&image->id, id);
                if (!p->images[k].goes)
                        r = explain_all(p, &image->images, &image->layers,
                                        &(Who) { "image", image->names ? image->names[0] : id });
        }

        return r;
}
