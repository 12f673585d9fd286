/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way from a reference to the manifest of the image for this machine.
 * Never: fetches a config or a layer; judges signatures.
 * Follows: https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md. */

#include <stdio.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "image/hasher.h"
#include "image/oci.h"
#include "registry-client/metadata.h"
#include "registry-client/signatures.h"

#define PLATFORMS_SHOWN 16U
#define INDEXES_MAX 16U /* within an index, at all depths */

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

static int refuse_platforms(const OciIndex *index, const Platform *p, char **reterr_why) {
        _cleanup_free_ char *platforms = list_platforms(index), *escaped = NULL;
        char *text = NULL;

        escaped = platforms ? str_escape(platforms, strlen(platforms), 512) : NULL;
        if (escaped)
                (void) str_printf(&text, "the index has nothing for %s/%s%s%s, only for: %s", p->os,
                                  p->architecture, p->variant ? "/" : "", p->variant ? p->variant : "",
                                  escaped[0] != '\0' ? escaped : "no platform at all");
        return refuse(reterr_why, text);
}

static int parse_index(const Blob *document, const ClientLimits *limits, OciIndex **ret, char **reterr_why) {
        _cleanup_(oci_index_freep) OciIndex *index = NULL;

        int r = oci_index_parse(document->data, document->size, &index, reterr_why);
        if (r < 0)
                return r;
        if (index->n_manifests > limits->index_entries_max) {
                char *text = NULL;
                (void) str_printf(&text, "an index of %zu entries, %llu are allowed", index->n_manifests,
                                  (unsigned long long) limits->index_entries_max);
                return refuse(reterr_why, text);
        }

        *ret = TAKE_PTR(index);
        return 0;
}

/* What an index names, which must be what the index says it is. */
static int get_named(Source *s, const OciDescriptor *d, const char *what, Blob *ret, char **reterr_why) {
        _cleanup_blob_ Blob document = {};
        char *text = NULL;

        int r = source_manifest(s, /* tag= */ NULL, &d->digest, /* known= */ NULL, &document, reterr_why);
        if (r >= 0)
                r = check_digest(&document, &d->digest, what, reterr_why);
        if (r < 0)
                return r;
        if (document.size != d->size) {
                (void) str_printf(&text, "%s has %zu bytes, expected %llu", what, document.size,
                                  (unsigned long long) d->size);
                return refuse(reterr_why, text);
        }

        r = document_type(&document, reterr_why);
        if (r < 0)
                return r;
        if (r != (int) d->media_type)
                return refuse(reterr_why,
                              strdup(r == MEDIA_INDEX ? "the index calls a manifest what is an index"
                                                      : "the index calls an index what is a manifest"));

        *ret = TAKE_BLOB(document);
        return 0;
}

/* May what we want be below this entry of an index? */
static bool may_lead_on(const OciDescriptor *d, const Platform *p) {
        return d->media_type == MEDIA_INDEX && (!d->os || streq(d->os, p->os)) &&
               (!d->architecture || streq(d->architecture, p->architecture));
}

/* From `document`, an index, to the manifest for the platform; indexes within are looked at one after
 * another, until one has it. 1, or 0 if none has. `*left` counts them at all depths. */
static int descend(Source *s, Blob *document, const Platform *p, const ClientLimits *limits, unsigned *left,
                   Blob *ret_manifest, Blob *ret_index, char **reterr_why) {
        _cleanup_(oci_index_freep) OciIndex *index = NULL;

        int r = parse_index(document, limits, &index, reterr_why);
        if (r < 0)
                return r;

        const OciDescriptor *d = oci_index_choose(index, p->os, p->architecture, p->variant);
        if (d) {
                r = get_named(s, d, "the manifest named by the index", ret_manifest, reterr_why);
                if (r < 0)
                        return r;
                *ret_index = TAKE_BLOB(*document);
                return 1;
        }

        for (size_t i = 0; i < index->n_manifests; i++) {
                _cleanup_blob_ Blob inner = {};

                if (!may_lead_on(&index->manifests[i], p))
                        continue;
                if (*left == 0)
                        return refuse(reterr_why, strdup("too many indexes within indexes"));
                (*left)--;

                r = get_named(s, &index->manifests[i], "an index within the index", &inner, reterr_why);
                if (r >= 0)
                        r = descend(s, &inner, p, limits, left, ret_manifest, ret_index, reterr_why);
                if (r != 0)
                        return r;
        }

        return 0;
}

static int find_manifest(Source *s, Blob *document, const Platform *p, const ClientLimits *limits,
                         Blob *ret_manifest, Blob *ret_index, char **reterr_why) {
        _cleanup_(oci_index_freep) OciIndex *index = NULL;
        unsigned left = INDEXES_MAX;

        int r = descend(s, document, p, limits, &left, ret_manifest, ret_index, reterr_why);
        if (r != 0)
                return r < 0 ? r : 0;

        r = parse_index(document, limits, &index, reterr_why);
        return r < 0 ? r : refuse_platforms(index, p, reterr_why);
}

/* The documents that the caller knows; blobs stay empty if there are none. */
static int read_known(int dir_fd, Blob *ret_manifest, Blob *ret_index) {
        int r = file_read_at(dir_fd, "manifest", OCI_DOCUMENT_MAX, ret_manifest);
        if (r >= 0)
                r = file_read_at(dir_fd, "index", OCI_DOCUMENT_MAX, ret_index);

        return r == -ENOENT ? 0 : r;
}

static int digest_text(const Blob *document, char ret[static DIGEST_TEXT_MAX]) {
        Digest digest;

        int r = digest_of(DIGEST_SHA256, document->data, document->size, &digest);
        if (r >= 0)
                digest_format(&digest, ret);
        return r;
}

/* The ETags that registries give to what we know: its digest. Others do not match, and all is fetched. */
static int make_etags(const Blob *manifest, const Blob *index, char **ret) {
        char m[DIGEST_TEXT_MAX], i[DIGEST_TEXT_MAX];

        if (!manifest->data)
                return 0;

        int r = digest_text(manifest, m);
        if (r >= 0 && index->data)
                r = digest_text(index, i);
        if (r < 0)
                return r;

        return index->data ? str_printf(ret, "\"%s\", \"%s\"", i, m) : str_printf(ret, "\"%s\"", m);
}

/* Nothing needs to be asked if it is pinned to what we know. */
static bool is_pinned_to(const Reference *ref, const Blob *document) {
        Digest digest;

        return ref->has_digest && document->data &&
               digest_of(ref->digest.algorithm, document->data, document->size, &digest) >= 0 &&
               digest_equal(&digest, &ref->digest);
}

static int resolve_anew(Source *s, const Reference *ref, const Platform *platform,
                        const ClientLimits *limits, const char *known, Blob *ret_manifest, Blob *ret_index,
                        char **reterr_why) {
        _cleanup_blob_ Blob top = {};

        int r = source_manifest(s, ref->tag, ref->has_digest ? &ref->digest : NULL, known, &top, reterr_why);
        if (r != 0)
                return r;
        if (ref->has_digest)
                r = check_digest(&top, &ref->digest, "what came", reterr_why);
        if (r >= 0)
                r = document_type(&top, reterr_why);
        if (r < 0)
                return r;

        if (r == MEDIA_MANIFEST) {
                *ret_manifest = TAKE_BLOB(top);
                return 0;
        }

        return find_manifest(s, &top, platform, limits, ret_manifest, ret_index, reterr_why);
}

/* `ret_index` stays empty if there is none. */
static int resolve(Source *s, const Reference *ref, const Platform *platform, const ClientLimits *limits,
                   int dir_fd, Blob *ret_manifest, Blob *ret_index, char **reterr_why) {
        _cleanup_blob_ Blob manifest = {}, index = {};
        _cleanup_free_ char *etags = NULL;

        int r = read_known(dir_fd, &manifest, &index);
        if (r >= 0)
                r = make_etags(&manifest, &index, &etags);
        if (r < 0)
                return r;

        if (!is_pinned_to(ref, &manifest) && !is_pinned_to(ref, &index)) {
                r = resolve_anew(s, ref, platform, limits, etags, ret_manifest, ret_index, reterr_why);
                if (r <= 0)
                        return r;
        }

        *ret_manifest = TAKE_BLOB(manifest);
        *ret_index = TAKE_BLOB(index);
        return 0;
}

static int check_image(const Blob *manifest, char **reterr_why) {
        _cleanup_(oci_manifest_freep) OciManifest *m = NULL;

        int r = oci_manifest_parse(manifest->data, manifest->size, &m, reterr_why);
        return r < 0 ? r : oci_manifest_check_image(m, reterr_why);
}

/* 1 and its digest, or 0 if there is no such document. */
static int write_document(int dir_fd, const char *name, const Blob *document, Digest *ret) {
        if (unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
                return -errno;
        if (!document->data)
                return 0;

        int r = file_create_at(dir_fd, name, document->data, document->size, 0644);
        if (r >= 0)
                r = digest_of(DIGEST_SHA256, document->data, document->size, ret);

        return r < 0 ? r : 1;
}

int metadata_fetch(Source *s, const Net *net, const Reference *ref, const Platform *platform, int dir_fd,
                   char **reterr_why) {
        _cleanup_blob_ Blob manifest = {}, index = {};
        _cleanup_free_ char *repository = NULL;
        Digest digests[2];

        int r = resolve(s, ref, platform, &net->access->limits, dir_fd, &manifest, &index, reterr_why);
        if (r >= 0)
                r = check_image(&manifest, reterr_why);
        if (r >= 0)
                r = reference_name(ref, &repository);
        if (r >= 0)
                r = write_document(dir_fd, "manifest", &manifest, &digests[0]);
        if (r >= 0)
                r = write_document(dir_fd, "index", &index, &digests[1]);
        if (r < 0)
                return r;

        SignatureSearch search = {
                .source = s,
                .net = net,
                .repository = repository,
                .dir_fd = dir_fd,
        };
        return signatures_find(&search, digests, 1 + r, reterr_why);
}
