/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: making a manifest for an image that came without one.
 * Never: reads a layer.
 * Follows: https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md; the manifest is OCI's. */

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/docker-archive.h"
#include "image/json.h"
#include "image/oci.h"
#include "registry-client/docker-archive.h"

typedef struct Archive {
        Source source;
        const Caller *caller;
        char **members;
} Archive;

static void archive_free(Source *s) {
        Archive *a = (Archive *) s;

        strv_free(a->members);
        free(a);
}

static int refuse(int error, char **reterr_why, const char *path, const char *what) {
        _cleanup_free_ char *escaped = str_escape(path, strlen(path), 256);

        int r = !escaped     ? -ENOMEM
                : reterr_why ? str_printf(reterr_why, "'%s' in the archive: %s", escaped, what)
                             : 0;
        return r < 0 ? r : error;
}

static int read_document(Archive *a, const char *path, Blob *ret, char **reterr_why) {
        _cleanup_close_ int fd = caller_file(a->caller, path);

        int r = fd < 0 ? fd : fd_read_blob(fd, OCI_DOCUMENT_MAX, ret);
        return r < 0 && r != -ENOMEM ? refuse(r, reterr_why, path, strerror(-r)) : r;
}

static Json *descriptor(const char *media_type, const Digest *digest, uint64_t size) {
        char text[DIGEST_TEXT_MAX];

        _cleanup_json_ Json *d = json_new_object();
        digest_format(digest, text);
        if (json_set_string(d, "mediaType", media_type) < 0 || json_set_string(d, "digest", text) < 0 ||
            json_set_int(d, "size", size) < 0)
                return NULL;

        return TAKE_PTR(d);
}

static int describe_layers(Archive *a, const DockerArchiveImage *image, const OciConfig *config, Json **ret,
                           char **reterr_why) {
        _cleanup_json_ Json *layers = json_new_array();

        if (strv_length(image->layers) != config->n_diff_ids)
                return refuse(-EBADMSG, reterr_why, "manifest.json", "not as many layers as the config has");

        for (size_t i = 0; i < config->n_diff_ids; i++) {
                uint64_t size;

                int r = caller_file_size(a->caller, image->layers[i], &size);
                if (r < 0)
                        return refuse(r, reterr_why, image->layers[i], strerror(-r));
                r = json_append(layers, descriptor("application/vnd.oci.image.layer.v1.tar",
                                                   &config->diff_ids[i], size));
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(layers);
        return 0;
}

static int make_manifest(const Blob *config, Json *layers, Blob *ret) {
        _cleanup_json_ Json *manifest = json_new_object();
        Digest digest;

        int r = digest_of(DIGEST_SHA256, config->data, config->size, &digest);
        if (r >= 0)
                r = json_set_int(manifest, "schemaVersion", 2);
        if (r >= 0)
                r = json_set_string(manifest, "mediaType", "application/vnd.oci.image.manifest.v1+json");
        if (r >= 0)
                r = json_set(manifest, "config",
                             descriptor("application/vnd.oci.image.config.v1+json", &digest, config->size));
        if (r >= 0)
                r = json_set(manifest, "layers", json_ref(layers));

        return r < 0 ? r : json_format(manifest, /* pretty= */ false, ret);
}

static int note_members(Archive *a, const DockerArchiveImage *image) {
        _cleanup_strv_ char **members = NULL;

        int r = strv_add(&members, image->config);
        if (r >= 0)
                r = strv_add_all(&members, image->layers);
        if (r < 0)
                return r;

        strv_free(a->members);
        a->members = TAKE_PTR(members);
        return 0;
}

static int find_image(const DockerArchive *contents, const char *tag, const DockerArchiveImage **ret,
                      char **reterr_why) {
        int r = docker_archive_find(contents, tag, ret);
        if (r == -ENOTUNIQ)
                return refuse(r, reterr_why, "manifest.json",
                              "several images; name one: docker-archive:FILE:NAME:TAG");
        if (r == -ENOENT)
                return refuse(r, reterr_why, "manifest.json", "no such image");

        return r;
}

static int archive_manifest(Source *s, const char *tag, const Digest *digest, const char *known, Blob *ret,
                            char **reterr_why) {
        Archive *a = (Archive *) s;
        _cleanup_docker_archive_ DockerArchive contents = {};
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_blob_ Blob document = {}, config_text = {};
        _cleanup_free_ char *why = NULL;
        _cleanup_json_ Json *layers = NULL;
        const DockerArchiveImage *image;

        if (digest)
                return -ENOENT; /* a signature's tag, or an index's entry: there are none */

        int r = read_document(a, "manifest.json", &document, reterr_why);
        if (r < 0)
                return r;
        r = docker_archive_parse(document.data, document.size, &contents, &why);
        if (r < 0)
                return refuse(r, reterr_why, "manifest.json", why ? why : strerror(-r));
        r = find_image(&contents, tag, &image, reterr_why);
        if (r >= 0)
                r = read_document(a, image->config, &config_text, reterr_why);
        if (r < 0)
                return r;
        r = oci_config_parse(config_text.data, config_text.size, &config, &why);
        if (r < 0)
                return refuse(r, reterr_why, image->config, why ? why : strerror(-r));

        r = describe_layers(a, image, config, &layers, reterr_why);
        if (r >= 0)
                r = make_manifest(&config_text, layers, ret);
        return r < 0 ? r : note_members(a, image);
}

static int archive_document(Source *s, const Digest *digest, uint64_t size, Blob *ret, char **reterr_why) {
        return -ENOENT;
}

char *const *docker_archive_members(Source *s) {
        return ((Archive *) s)->members;
}

static const SourceType type = {
        .manifest = archive_manifest,
        .document = archive_document,
        .free = archive_free,
};

int docker_archive_new(const Caller *caller, Source **ret) {
        Archive *a = malloc(sizeof(Archive));
        if (!a)
                return -ENOMEM;

        *a = (Archive) { .source.type = &type, .caller = caller };
        *ret = &a->source;
        return 0;
}
