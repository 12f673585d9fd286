/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way from a reference to the manifest of the image for this machine.
 * Never: fetches a config or a layer; judges signatures.
 * Follows: https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md. */

#include <stdio.h>
#include <sys/utsname.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "registry-client/metadata.h"
#include "registry-client/signatures.h"
#include "image/oci.h"

#define PLATFORMS_SHOWN 16U

static int refuse(char **reterr_why, char *text) {
        if (!text)
                return -ENOMEM;
        if (reterr_why)
                *reterr_why = text;
        else
                free(text);

        return -EBADMSG;
}

static int document_type(const Blob *document, char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        char *text = NULL;

        int r = oci_document_type(document->data, document->size, &why);
        if (r != -EBADMSG)
                return r;

        (void) str_printf(&text, "what came is no manifest: %s", why);
        return refuse(reterr_why, text);
}

static int check_digest(const Blob *document, const Digest *expected, const char *what, char **reterr_why) {
        char is[DIGEST_TEXT_MAX], should[DIGEST_TEXT_MAX];
        char *text = NULL;
        Digest actual;

        int r = digest_of(expected->algorithm, document->data, document->size, &actual);
        if (r < 0 || digest_equal(&actual, expected))
                return r;

        digest_format(&actual, is);
        digest_format(expected, should);
        (void) str_printf(&text, "%s has the digest %s, expected %s", what, is, should);
        return refuse(reterr_why, text);
}

/* "linux/arm64, linux/s390x, …" */
static char *list_platforms(const OciIndex *index) {
        char *text = NULL;
        size_t size, shown = 0;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return NULL;

        for (size_t i = 0; i < index->n_manifests && shown < PLATFORMS_SHOWN; i++) {
                const OciDescriptor *d = &index->manifests[i];
                if (d->media_type == MEDIA_MANIFEST && d->os && d->architecture)
                        fprintf(f, "%s%s/%s%s%s", shown++ > 0 ? ", " : "", d->os, d->architecture,
                                d->variant ? "/" : "", d->variant ? d->variant : "");
        }

        return fclose(f) == 0 ? text : NULL;
}

static int refuse_platforms(const OciIndex *index, const char *architecture, char **reterr_why) {
        _cleanup_free_ char *platforms = list_platforms(index), *escaped = NULL;
        char *text = NULL;

        escaped = platforms ? str_escape(platforms, strlen(platforms), 512) : NULL;
        if (escaped)
                (void) str_printf(&text, "the index has nothing for linux/%s, only for: %s", architecture,
                                  escaped[0] != '\0' ? escaped : "no platform at all");
        return refuse(reterr_why, text);
}

static bool has_nested(const OciIndex *index) {
        for (size_t i = 0; i < index->n_manifests; i++)
                if (index->manifests[i].media_type == MEDIA_INDEX)
                        return true;

        return false;
}

static int choose(const OciIndex *index, const OciDescriptor **ret, char **reterr_why) {
        const char *architecture, *variant;
        struct utsname u;

        if (uname(&u) < 0)
                return -errno;
        int r = oci_architecture_of(u.machine, &architecture, &variant);
        if (r < 0)
                return r;

        const OciDescriptor *d = oci_index_choose(index, "linux", architecture, variant);
        if (!d && has_nested(index))
                return refuse(reterr_why, strdup("an index within an index is not supported yet"));
        if (!d)
                return refuse_platforms(index, architecture, reterr_why);

        *ret = d;
        return 0;
}

/* The manifest that the index names for this machine. */
static int descend(Source *s, const Blob *document, Blob *ret, char **reterr_why) {
        _cleanup_(oci_index_freep) OciIndex *index = NULL;
        const OciDescriptor *d = NULL;
        _cleanup_blob_ Blob manifest = {};

        int r = oci_index_parse(document->data, document->size, &index, reterr_why);
        if (r >= 0)
                r = choose(index, &d, reterr_why);
        if (r >= 0)
                r = source_manifest(s, /* tag= */ NULL, &d->digest, &manifest, reterr_why);
        if (r >= 0)
                r = check_digest(&manifest, &d->digest, "the manifest named by the index", reterr_why);
        if (r < 0)
                return r;

        if (manifest.size != d->size) {
                char *text = NULL;
                (void) str_printf(&text, "the manifest named by the index has %zu bytes, expected %llu",
                                  manifest.size, (unsigned long long) d->size);
                return refuse(reterr_why, text);
        }
        r = document_type(&manifest, reterr_why);
        if (r < 0)
                return r;
        if (r != MEDIA_MANIFEST)
                return refuse(reterr_why, strdup("the index calls a manifest what is an index"));

        *ret = TAKE_BLOB(manifest);
        return 0;
}

/* `ret_index` stays empty if there is none. */
static int resolve(Source *s, const Reference *ref, Blob *ret_manifest, Blob *ret_index, char **reterr_why) {
        _cleanup_blob_ Blob top = {};

        int r = source_manifest(s, ref->tag, ref->has_digest ? &ref->digest : NULL, &top, reterr_why);
        if (r >= 0 && ref->has_digest)
                r = check_digest(&top, &ref->digest, "what came", reterr_why);
        if (r >= 0)
                r = document_type(&top, reterr_why);
        if (r < 0)
                return r;

        if (r == MEDIA_MANIFEST) {
                *ret_manifest = TAKE_BLOB(top);
                return 0;
        }

        r = descend(s, &top, ret_manifest, reterr_why);
        if (r < 0)
                return r;

        *ret_index = TAKE_BLOB(top);
        return 0;
}

static int check_image(const Blob *manifest, char **reterr_why) {
        _cleanup_(oci_manifest_freep) OciManifest *m = NULL;

        int r = oci_manifest_parse(manifest->data, manifest->size, &m, reterr_why);
        return r < 0 ? r : oci_manifest_check_image(m, reterr_why);
}

static int write_document(Source *s, const char *repository, const char *name, const Blob *document,
                          int dir_fd, unsigned *n_signatures, char **reterr_why) {
        Digest digest;

        int r = file_create_at(dir_fd, name, document->data, document->size);
        if (r >= 0)
                r = digest_of(DIGEST_SHA256, document->data, document->size, &digest);

        return r < 0 ? r : signatures_fetch(s, repository, &digest, dir_fd, n_signatures, reterr_why);
}

int metadata_fetch(Source *s, const Reference *ref, int dir_fd, char **reterr_why) {
        _cleanup_blob_ Blob manifest = {}, index = {};
        _cleanup_free_ char *repository = NULL;
        unsigned n_signatures = 0;

        int r = resolve(s, ref, &manifest, &index, reterr_why);
        if (r >= 0)
                r = check_image(&manifest, reterr_why);
        if (r >= 0)
                r = reference_name(ref, &repository);
        if (r >= 0)
                r = write_document(s, repository, "manifest", &manifest, dir_fd, &n_signatures, reterr_why);
        if (r >= 0 && index.data)
                r = write_document(s, repository, "index", &index, dir_fd, &n_signatures, reterr_why);

        return r;
}
