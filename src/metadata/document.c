/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the documents of the metadata service.
 * Never: writes a manifest anew: it is what it was when it was signed or prepared, byte for byte.
 * Follows: App Container spec 0.8.11, ace.md, "App Container Metadata Service". */

#include <stdio.h>

#include "basic/str.h"
#include "image/appc-types.h"
#include "metadata/document.h"

static const char json_type[] = "application/json", text_type[] = "text/plain; charset=us-ascii";

void documents_done(Documents *d) {
        for (size_t i = 0; i < d->n; i++) {
                free(d->items[i].path);
                blob_done(&d->items[i].body);
        }
        free(d->items);
        *d = (Documents) {};
}

/* Takes the path, which may be NULL for lack of memory, and the body. */
static int add(Documents *d, char *path, const char *type, Blob *body) {
        Document *grown = path ? reallocarray(d->items, d->n + 1, sizeof(Document)) : NULL;
        if (!grown) {
                free(path);
                return -ENOMEM;
        }

        d->items = grown;
        grown[d->n++] = (Document) { .path = path, .type = type, .body = TAKE_BLOB(*body) };
        return 0;
}

static int add_text(Documents *d, char *path, const char *text) {
        _cleanup_blob_ Blob body = { .data = strdup(text), .size = strlen(text) };
        if (!body.data) {
                free(path);
                return -ENOMEM;
        }

        return add(d, path, text_type, &body);
}

/* NULL is null. No line break behind it, as there is none behind a text. */
static int add_json(Documents *d, char *path, const Json *value) {
        _cleanup_blob_ Blob body = {};
        if (!value)
                body = (Blob) { .data = strdup("null"), .size = strlen("null") };

        int r = value ? json_format(value, /* pretty= */ false, &body) : body.data ? 0 : -ENOMEM;
        if (r < 0) {
                free(path);
                return r;
        }
        if (value)
                body.size--;

        return add(d, path, json_type, &body);
}

static char *app_path(const AppcPodApp *app, const char *what) {
        char *path;
        return str_printf(&path, "/apps/%s/%s", app->name, what) < 0 ? NULL : path;
}

/* OCI has other ones. */
static int read_annotations(const AppcPodApp *app, const Blob *manifest, Pairs *ret, bool *ret_any,
                            char **reterr_why) {
        _cleanup_json_ Json *document = NULL;

        if (app->image_id.algorithm != DIGEST_SHA512 || !manifest->data)
                return 0;

        int r = json_parse(manifest->data, manifest->size, &document, reterr_why);
        const Json *list = r < 0 ? NULL : json_get(document, "annotations");
        *ret_any = list;
        return list ? json_decode(list, appc_decode_annotations, ret, reterr_why) : r;
}

/* Those of the image in their order, what the pod says in place of them, and what it says more behind them. That there are none is not
 * the same as that nothing is said of any: whoever compares will notice. */
static int merge_annotations(const AppcPodApp *app, const Blob *manifest, Json **ret, char **reterr_why) {
        _cleanup_pairs_ Pairs merged = {};
        bool any = false;

        int r = read_annotations(app, manifest, &merged, &any, reterr_why);
        for (size_t i = 0; i < app->annotations.n && r >= 0; i++)
                r = pairs_set(&merged, app->annotations.items[i].name, app->annotations.items[i].value);
        if (r < 0)
                return r;
        if (merged.n > 0)
                return appc_encode_pairs(&merged, ret);

        *ret = any ? json_new_array() : NULL;
        return any && !*ret ? -ENOMEM : 0;
}

static int add_app(Documents *d, const AppcPodApp *app, Blob *manifest, char **reterr_why) {
        _cleanup_json_ Json *annotations = NULL;
        char id[DIGEST_TEXT_MAX];

        int r = merge_annotations(app, manifest, &annotations, reterr_why);
        if (r >= 0)
                r = add_json(d, app_path(app, "annotations"), annotations);
        if (r >= 0 && manifest->data)
                r = add(d, app_path(app, "image/manifest"), json_type, manifest);
        if (r < 0)
                return r;

        digest_format_id(&app->image_id, id);
        return add_text(d, app_path(app, "image/id"), id);
}

int documents_make(const char *uuid, Blob *pod_json, Blob *image_manifests, Documents *ret,
                   char **reterr_why) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        _cleanup_documents_ Documents d = {};
        _cleanup_json_ Json *document = NULL;

        int r = appc_pod_parse(pod_json->data, pod_json->size, &pod, reterr_why);
        if (r >= 0)
                r = json_parse(pod_json->data, pod_json->size, &document, reterr_why);
        if (r >= 0)
                r = add_text(&d, strdup("/pod/uuid"), uuid);
        if (r >= 0)
                r = add_json(&d, strdup("/pod/annotations"), json_get(document, "annotations"));
        if (r >= 0)
                r = add(&d, strdup("/pod/manifest"), json_type, pod_json);
        for (size_t i = 0; r >= 0 && i < pod->n_apps; i++)
                r = add_app(&d, &pod->apps[i], &image_manifests[i], reterr_why);
        if (r < 0)
                return r;

        *ret = d;
        d = (Documents) {};
        return 0;
}

const Document *documents_find(const Documents *d, Cursor path) {
        for (size_t i = 0; i < d->n; i++)
                if (strlen(d->items[i].path) == path.n && memcmp(d->items[i].path, path.p, path.n) == 0)
                        return &d->items[i];

        return NULL;
}
