/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the documents of an image whose layers are plain tars, made of its config.
 * Never: changes the config, from which the layers' digests and all that a container is are taken.
 * Follows: OCI image-spec v1.1: manifest.md, image-index.md, image-layout.md. */

#include "basic/str.h"
#include "image/hasher.h"
#include "image/json.h"
#include "image/oci-plain.h"

#define INDEX "application/vnd.oci.image.index.v1+json"
#define MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define CONFIG "application/vnd.oci.image.config.v1+json"
#define LAYER "application/vnd.oci.image.layer.v1.tar"

static Json *new_descriptor(const char *media_type, const Digest *digest, uint64_t size) {
        char text[DIGEST_TEXT_MAX];
        _cleanup_json_ Json *d = json_new_object();

        digest_format(digest, text);
        int r = d ? json_set_string(d, "mediaType", media_type) : -ENOMEM;
        if (r >= 0)
                r = json_set_string(d, "digest", text);
        if (r >= 0)
                r = json_set_int(d, "size", (int64_t) size);

        return r < 0 ? NULL : TAKE_PTR(d);
}

static Json *describe(const char *media_type, const Blob *document) {
        Digest digest;

        int r = digest_of(DIGEST_SHA256, document->data, document->size, &digest);
        return r < 0 ? NULL : new_descriptor(media_type, &digest, document->size);
}

static Json *new_layers(const OciConfig *config, const uint64_t *sizes) {
        _cleanup_json_ Json *layers = json_new_array();
        int r = layers ? 0 : -ENOMEM;

        for (size_t i = 0; i < config->n_diff_ids && r >= 0; i++)
                r = json_append(layers, new_descriptor(LAYER, &config->diff_ids[i], sizes[i]));

        return r < 0 ? NULL : TAKE_PTR(layers);
}

/* None is no member. */
static int set_annotations(Json *object, const Pairs *annotations) {
        _cleanup_json_ Json *map = json_new_object();
        int r = map ? 0 : -ENOMEM;

        for (size_t i = 0; i < annotations->n && r >= 0; i++)
                r = json_set_string(map, annotations->items[i].name, annotations->items[i].value);

        return r < 0 || annotations->n == 0 ? r : json_set(object, "annotations", TAKE_PTR(map));
}

int oci_plain_manifest(const Blob *config, const OciConfig *parsed, const uint64_t *sizes,
                       const Pairs *annotations, Blob *ret) {
        _cleanup_json_ Json *manifest = json_new_object();

        int r = manifest ? json_set_int(manifest, "schemaVersion", 2) : -ENOMEM;
        if (r >= 0)
                r = json_set_string(manifest, "mediaType", MANIFEST);
        if (r >= 0)
                r = json_set(manifest, "config", describe(CONFIG, config));
        if (r >= 0)
                r = json_set(manifest, "layers", new_layers(parsed, sizes));
        if (r >= 0)
                r = set_annotations(manifest, annotations);

        return r < 0 ? r : json_format(manifest, /* pretty= */ false, ret);
}

/* Of which platform it is, so that nobody needs to open the config to choose it. */
static int set_platform(Json *descriptor, const OciConfig *config) {
        _cleanup_json_ Json *platform = json_new_object();

        if (!config->os || !config->architecture)
                return 0;

        int r = platform ? json_set_string(platform, "architecture", config->architecture) : -ENOMEM;
        if (r >= 0)
                r = json_set_string(platform, "os", config->os);
        if (r >= 0)
                r = json_set_string(platform, "variant", config->variant);

        return r < 0 ? r : json_set(descriptor, "platform", TAKE_PTR(platform));
}

/* Only registries' names are names elsewhere. */
static int set_name(Json *descriptor, const Reference *name) {
        _cleanup_free_ char *repository = NULL, *whole = NULL;
        _cleanup_pairs_ Pairs annotations = {};

        if (!name || !name->tag)
                return 0;

        int r = pairs_add(&annotations, "org.opencontainers.image.ref.name", name->tag);
        if (r >= 0 && name->kind == REFERENCE_REGISTRY)
                r = reference_name(name, &repository);
        if (r >= 0 && repository)
                r = str_printf(&whole, "%s:%s", repository, name->tag);
        if (r >= 0 && whole)
                r = pairs_add(&annotations, "io.containerd.image.name", whole);

        return r < 0 ? r : set_annotations(descriptor, &annotations);
}

int oci_plain_index(const Blob *manifest, const OciConfig *config, const Reference *name, Blob *ret) {
        _cleanup_json_ Json *index = json_new_object(), *manifests = json_new_array(),
                            *descriptor = describe(MANIFEST, manifest);

        int r = index && manifests && descriptor ? set_platform(descriptor, config) : -ENOMEM;
        if (r >= 0)
                r = set_name(descriptor, name);
        if (r >= 0)
                r = json_append(manifests, TAKE_PTR(descriptor));
        if (r >= 0)
                r = json_set_int(index, "schemaVersion", 2);
        if (r >= 0)
                r = json_set_string(index, "mediaType", INDEX);
        if (r >= 0)
                r = json_set(index, "manifests", TAKE_PTR(manifests));

        return r < 0 ? r : json_format(index, /* pretty= */ false, ret);
}
