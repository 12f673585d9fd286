/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: making a manifest for an image that came without one.
 * Never: reads a layer.
 * Follows: https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md; the manifest is OCI's. */

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/docker-archive.h"
#include "image/oci-plain.h"
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

/* As many as the config has layers. */
static int find_sizes(Archive *a, const DockerArchiveImage *image, const OciConfig *config, uint64_t **ret,
                      char **reterr_why) {
        if (strv_length(image->layers) != config->n_diff_ids)
                return refuse(-EBADMSG, reterr_why, "manifest.json", "not as many layers as the config has");

        _cleanup_free_ uint64_t *sizes = calloc(config->n_diff_ids, sizeof(uint64_t));
        if (!sizes)
                return -ENOMEM;

        for (size_t i = 0; i < config->n_diff_ids; i++) {
                int r = caller_file_size(a->caller, image->layers[i], &sizes[i]);
                if (r < 0)
                        return refuse(r, reterr_why, image->layers[i], strerror(-r));
        }

        *ret = TAKE_PTR(sizes);
        return 0;
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
        _cleanup_free_ uint64_t *sizes = NULL;
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

        r = find_sizes(a, image, config, &sizes, reterr_why);
        if (r >= 0)
                r = oci_plain_manifest(&config_text, config, sizes, &(Pairs) {}, ret);
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
