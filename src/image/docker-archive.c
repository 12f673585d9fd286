/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the table of contents of a docker archive.
 * Never: opens a path it names.
 * Follows: https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md, "Combined Image JSON + Filesystem
 * Changeset Format". */

#include "basic/str.h"
#include "basic/strv.h"
#include "image/docker-archive.h"
#include "image/json-table.h"
#include "image/oci.h"
#include "image/reference.h"

#define IMAGES_MAX 1024U

void docker_archive_done(DockerArchive *a) {
        for (size_t i = 0; i < a->n_images; i++) {
                free(a->images[i].config);
                strv_free(a->images[i].tags);
                strv_free(a->images[i].layers);
        }
        free(a->images);
        *a = (DockerArchive) {};
}

static int decode_layers(const Json *value, void *member, const JsonPath *at) {
        size_t n = json_length(value);

        if (n == 0 || n > OCI_LAYERS_MAX)
                return json_refuse(at, "not 1 to %u layers", OCI_LAYERS_MAX);

        return json_decode_strv(value, member, at);
}

static int decode_image(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "Config", json_decode_string, offsetof(DockerArchiveImage, config), JSON_MANDATORY },
                { "RepoTags", json_decode_strv, offsetof(DockerArchiveImage, tags) },
                { "Layers", decode_layers, offsetof(DockerArchiveImage, layers), JSON_MANDATORY },
                {},
        };
        return json_decode_object(value, fields, member, at);
}

static int decode_archive(const Json *value, void *target, const JsonPath *at) {
        static const JsonField items = {
                .decode = decode_image,
                JSON_ITEMS(DockerArchive, images),
                .offset = offsetof(DockerArchive, images),
                .max = IMAGES_MAX,
        };
        return json_decode_items(value, &items, target, at);
}

int docker_archive_parse(const void *data, size_t size, DockerArchive *ret, char **reterr_why) {
        _cleanup_docker_archive_ DockerArchive a = {};

        if (size > OCI_DOCUMENT_MAX)
                return -EFBIG;
        int r = json_parse_into(data, size, decode_archive, &a, reterr_why);
        if (r < 0)
                return r;

        *ret = a;
        a = (DockerArchive) {};
        return 0;
}

/* NULL if it is none. */
static char *normalize(const char *tag) {
        _cleanup_reference_ Reference *ref = NULL;
        char *text = NULL;

        if (reference_parse(tag, &ref, NULL) < 0 || ref->kind != REFERENCE_REGISTRY ||
            reference_format(ref, &text) < 0)
                return NULL;

        return text;
}

static bool is_tagged(const DockerArchiveImage *image, const char *wanted) {
        STRV_FOREACH(tag, image->tags) {
                _cleanup_free_ char *have = normalize(*tag);
                if (streq_ptr(have, wanted))
                        return true;
        }

        return false;
}

int docker_archive_find(const DockerArchive *a, const char *tag, const DockerArchiveImage **ret) {
        _cleanup_free_ char *wanted = NULL;

        if (!tag) {
                if (a->n_images != 1)
                        return a->n_images == 0 ? -ENOENT : -ENOTUNIQ;
                *ret = &a->images[0];
                return 0;
        }

        wanted = normalize(tag);
        for (size_t i = 0; wanted && i < a->n_images; i++)
                if (is_tagged(&a->images[i], wanted)) {
                        *ret = &a->images[i];
                        return 0;
                }

        return -ENOENT;
}
