/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which image of the store a dependency means.
 * Never: fetches; trusts what it finds.
 * Follows: App Container spec 0.8.11, aci.md, "Dependency Matching". */

#include "basic/fd.h"
#include "basic/str.h"
#include "fetch/aci-image.h"
#include "fetch/aci-lookup.h"
#include "store/image-dir.h"
#include "store/layer.h"

static int copy_labels(const Pairs *labels, Reference *ref) {
        int r = str_copy(pairs_get(labels, "version"), &ref->version);

        for (size_t i = 0; i < labels->n && r >= 0; i++)
                if (!streq(labels->items[i].name, "version"))
                        r = pairs_add(&ref->labels, labels->items[i].name, labels->items[i].value);

        return r;
}

/* Labels are anybody's text, and this will be in messages. */
static int check_printable(const char *text) {
        _cleanup_free_ char *escaped = str_escape(text, strlen(text), SIZE_MAX);

        return !escaped ? -ENOMEM : streq(text, escaped) ? 0 : -EINVAL;
}

int aci_dependency_reference(const AppcDependency *d, Reference **ret, char **ret_text) {
        _cleanup_reference_ Reference *ref = calloc(1, sizeof(Reference)), *sorted = NULL;
        _cleanup_free_ char *unsorted = NULL, *text = NULL;

        if (!ref)
                return -ENOMEM;

        ref->kind = REFERENCE_ACI;
        int r = str_copy(d->image_name, &ref->name);
        if (r >= 0)
                r = copy_labels(&d->labels, ref);
        if (r >= 0)
                r = reference_format(ref, &unsorted);
        if (r >= 0)
                r = reference_parse(unsorted, &sorted, /* reterr_why= */ NULL);
        if (r >= 0)
                r = reference_format(sorted, &text);
        if (r >= 0)
                r = check_printable(text);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(sorted);
        *ret_text = TAKE_PTR(text);
        return 0;
}

/* How the same was answered, or NULL. An ID is an answer by itself. */
static const Digest *known_answer(const AciLookup *l) {
        if (l->dependency->has_id)
                return &l->dependency->id;

        for (size_t i = 0; i < l->known->n; i++)
                if (streq(l->known->items[i].reference, l->text))
                        return &l->known->items[i].id;

        return NULL;
}

/* Is this a name of an image that is called so? */
static bool is_named(const char *reference, const char *name) {
        const char *rest = startswith(reference, "aci:");

        rest = rest ? startswith(rest, name) : NULL;
        return rest && (*rest == '\0' || *rest == ':' || *rest == ',');
}

/* 1 or 0. What is damaged or not for this machine does not count, so that a better one may be found. */
static int matches(Store *s, const Digest *id, const AciLookup *l) {
        _cleanup_(appc_image_freep) AppcImage *manifest = NULL;
        _cleanup_blob_ Blob text = {};

        int r = layer_exists(s, id);
        if (r <= 0)
                return r;
        _cleanup_close_ int fd = image_dir_open(s, id);
        r = fd < 0 ? fd : image_file_read(fd, "manifest", APPC_DOCUMENT_MAX, &text);
        if (r >= 0)
                r = appc_image_parse(text.data, text.size, &manifest, /* reterr_why= */ NULL);
        if (r >= 0)
                r = appc_image_check(manifest, l->dependency->image_name, &l->dependency->labels, NULL);
        if (r >= 0)
                r = aci_check_platform(manifest, l->platform, NULL);

        return r == -ENOENT || r == -EBADMSG ? 0 : r < 0 ? r : 1;
}

/* The newest of the names that stand for `only` (NULL: for any image). */
static int find(Store *s, const AciLookup *l, const ImageRef *refs, size_t n, const Digest *only,
                Digest *ret) {
        const ImageRef *best = NULL;

        for (size_t i = 0; i < n; i++) {
                const ImageRef *ref = &refs[i];

                if (!is_named(ref->reference, l->dependency->image_name) ||
                    (only && !digest_equal(only, &ref->id)) ||
                    (best && best->resolved_usec >= ref->resolved_usec))
                        continue;
                int r = matches(s, &ref->id, l);
                if (r < 0)
                        return r;
                if (r > 0)
                        best = ref;
        }
        if (!best)
                return 0;

        *ret = best->id;
        return 1;
}

int aci_lookup(Store *s, const AciLookup *l, Digest *ret) {
        const Digest *known = known_answer(l);
        ImageRef *refs = NULL;
        size_t n = 0;

        int r = image_ref_list(s, &refs, &n);
        if (r < 0)
                return r;
        if (known)
                r = find(s, l, refs, n, known, ret);
        if (r == 0 && !l->dependency->has_id)
                r = find(s, l, refs, n, /* only= */ NULL, ret);

        image_refs_free(refs, n);
        return r;
}
