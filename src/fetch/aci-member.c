/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: from images that need each other to the layers of one of them: those that are there, and those that have of
 *       them only what a whitelist further up lets through.
 * Never: decides about the order; fetches.
 * Follows: image/appc-stack.h; docs/STORE.md. */

#include <string.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/aci-member.h"
#include "fetch/sealer.h"
#include "fetch/stack.h"
#include "store/image-layers.h"

#define ATTEMPTS 5 /* gc does not run that often */

int aci_member_init(AciMember *m, AciImage *image, const char *text) {
        _cleanup_free_ char *copy = NULL;

        int r = str_copy(text, &copy);
        if (r < 0)
                return r;

        *m = (AciMember) { .image = *image, .text = TAKE_PTR(copy) };
        *image = ACI_IMAGE_NULL;
        return 0;
}

void aci_member_done(AciMember *m) {
        aci_image_done(&m->image);
        free(m->text);
        free(m->dependencies);
}

static int stack(const AciMember *members, size_t n, size_t number, AppcLayer **ret, size_t *ret_n) {
        _cleanup_free_ AppcNode *nodes = calloc(n, sizeof(AppcNode));
        if (!nodes)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++)
                nodes[i] = (AppcNode) {
                        .dependencies = members[i].dependencies,
                        .n_dependencies = members[i].dependencies ? members[i].image.manifest->n_dependencies
                                                                  : 0,
                        .own = aci_image_whitelist(&members[i].image),
                };

        return appc_stack(nodes, number, ret, ret_n);
}

/* The layer is in the store afterwards, unless gc, which does not know who needs it, takes it away at once. */
static int filter(const AciMember *m, const AppcWhitelist *kept, const Digest *wanted_by, LayerRecord *ret) {
        _cleanup_sealer_ Sealer sealer = SEALER_NULL;
        Store *s = m->image.image.store;
        _cleanup_free_ char *what = NULL;
        Sealed sealed;
        Digest id;

        int r = appc_whitelist_layer_id(&m->image.image.id, kept, &id);
        if (r >= 0)
                r = image_layers_find(s, wanted_by, &id, ret);
        if (r != -ENOENT)
                return r < 0 ? log_error_errno(r, "Cannot use what is needed of '%s': %s", m->text,
                                               image_layers_strerror(r))
                             : 0;

        _cleanup_close_ int layer = layer_open(s, &m->image.image.id);
        r = layer < 0 ? layer : str_printf(&what, "what is needed of '%s'", m->text);
        if (r < 0)
                return log_error_errno(r, "Cannot seal what is needed of '%s': %m", m->text);

        log_info("Sealing what is needed of '%s'", m->text);
        r = sealer_start_filter(s, layer, &id, kept, &sealer);
        if (r >= 0)
                r = sealer_finish(&sealer, what, &sealed);
        if (r >= 0 && !digest_equal(&sealed.tar, &id))
                r = log_error_errno(EPROTO, "Cannot seal %s: %m", what);

        return r < 0 ? r : sealer_publish(&sealer, s, wanted_by, &sealed, ret);
}

static int make(const AciMember *members, const AppcLayer *layers, size_t n, const Digest *wanted_by,
                LayerRecord *ret) {
        for (size_t i = 0; i < n; i++) {
                const AciMember *m = &members[layers[i].image];

                ret[i] = m->image.layer;
                int r = layers[i].kept ? filter(m, layers[i].kept, wanted_by, &ret[i]) : 0;
                if (r < 0)
                        return r;
        }

        return 0;
}

static int make_and_note_down(const AciMember *members, const AppcLayer *layers, size_t n, Image *image) {
        _cleanup_free_ LayerRecord *records = calloc(n, sizeof(LayerRecord));
        if (!records)
                return log_error_errno(ENOMEM, "Cannot note down the layers of an image: %m");

        for (size_t i = 0; i < ATTEMPTS; i++) {
                int r = make(members, layers, n, &image->id, records);
                if (r >= 0)
                        r = stack_note_down(image, records, n);
                if (r != 0)
                        return r < 0 ? r : 0;
        }

        return log_error_errno(
                        ENOENT,
                        "Cannot note down the layers of an image: one of them is gone again each time");
}

int aci_member_set_layers(const AciMember *members, size_t n, size_t number) {
        const AciMember *m = &members[number];
        AppcLayer *layers = NULL;
        Image image = m->image.image;
        size_t n_layers = 0;

        int r = stack(members, n, number, &layers, &n_layers);
        if (r == -E2BIG)
                log_error("Cannot use '%s': with all it needs it has more than %u layers", m->text,
                          APPC_LAYERS_MAX);
        else if (r < 0)
                log_error_errno(r, "Cannot stack the layers of '%s': %m", m->text);
        else
                r = make_and_note_down(members, layers, n_layers, &image);

        appc_layers_free(layers, n_layers);
        return r;
}
