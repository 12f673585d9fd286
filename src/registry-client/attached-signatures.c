/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: finding signatures that are manifests of their own, in the image's repository.
 * Never: believes a list or a manifest beyond what its digest covers; reads what a signature or its payload says.
 * Follows: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md ("Storage"), BUNDLE_SPEC.md;
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md, "Listing Referrers". */

#include <stdio.h>

#include "basic/str.h"
#include "image/hasher.h"
#include "image/oci.h"
#include "registry-client/attached-signatures.h"
#include "trust/cosign.h"

#define BLOB_MAX 65536U
#define ANNOTATION "dev.cosignproject.cosign/signature"

static int refuse(char **reterr_why, const char *what) {
        int r = str_copy(what, reterr_why);
        return r < 0 ? r : -EBADMSG;
}

/* The very bytes that a list or manifest means. */
static int check_bytes(const Blob *bytes, const Digest *digest, uint64_t size, char **reterr_why) {
        Digest actual;

        int r = digest_of(digest->algorithm, bytes->data, bytes->size, &actual);
        if (r < 0)
                return r;
        if (bytes->size != size || !digest_equal(&actual, digest))
                return refuse(reterr_why, "it has not the digest or size by which it is named");

        return 0;
}

static int fetch_blob(SignatureSearch *s, const OciDescriptor *d, Blob *ret, char **reterr_why) {
        _cleanup_blob_ Blob blob = {};

        if (d->size > BLOB_MAX)
                return refuse(reterr_why, "more than 64 KiB");

        int r = source_document(s->source, &d->digest, d->size, &blob, reterr_why);
        if (r >= 0)
                r = check_bytes(&blob, &d->digest, d->size, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_BLOB(blob);
        return 0;
}

static int add_layer(SignatureSearch *s, const OciDescriptor *layer, const char *signature,
                     const char *source, char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob payload = {};

        int r = strlen(signature) > COSIGN_SIGNATURE_MAX ? refuse(&why, "the signature is too long")
                                                         : fetch_blob(s, layer, &payload, &why);
        if (r < 0)
                return signature_search_pass_over(s, r, source, &why, reterr_why);

        return signature_search_add(s, source, "payload", &payload, signature);
}

/* Each layer is the payload of a signature. Attestations and the like are kept in the same place. */
static int add_layers(SignatureSearch *s, const OciManifest *m, const char *where, char **reterr_why) {
        for (size_t i = 0; i < m->n_layers; i++) {
                const char *signature = pairs_get(&m->layers[i].annotations, ANNOTATION);
                _cleanup_free_ char *source = NULL;

                if (m->layers[i].media_type != MEDIA_COSIGN_SIGNATURE || !signature)
                        continue;
                if (signature_search_is_full(s))
                        break;

                int r = str_printf(&source, "%s layers[%zu]", where, i);
                if (r >= 0)
                        r = add_layer(s, &m->layers[i], signature, source, reterr_why);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int find_by_tag(SignatureSearch *s, const Digest *digest, char **reterr_why) {
        _cleanup_(oci_manifest_freep) OciManifest *m = NULL;
        _cleanup_free_ char *where = NULL, *why = NULL;
        char tag[DIGEST_TEXT_MAX + sizeof(".sig")];
        _cleanup_blob_ Blob document = {};

        digest_format_id(digest, tag);
        strcat(tag, ".sig");

        int r = source_manifest(s->source, tag, /* digest= */ NULL, /* known= */ NULL, &document, &why);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = oci_manifest_parse(document.data, document.size, &m, &why);
        if (str_printf(&where, "%s:%s", s->repository, tag) < 0)
                return -ENOMEM;

        return r < 0 ? signature_search_pass_over(s, r, where, &why, reterr_why)
                     : add_layers(s, m, where, reterr_why);
}

/* Other tools list what they have in place of the registry, under a tag. */
static int add_tagged_referrers(SignatureSearch *s, const Digest *digest, Referrers *referrers,
                                char **reterr_why) {
        _cleanup_(oci_index_freep) OciIndex *index = NULL;
        _cleanup_free_ char *where = NULL, *why = NULL;
        _cleanup_blob_ Blob document = {};
        char tag[DIGEST_TEXT_MAX];

        digest_format_id(digest, tag);
        int r = source_manifest(s->source, tag, /* digest= */ NULL, /* known= */ NULL, &document, &why);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = oci_index_parse(document.data, document.size, &index, &why);
        if (str_printf(&where, "%s:%s", s->repository, tag) < 0)
                return -ENOMEM;
        if (r < 0)
                return signature_search_pass_over(s, r, where, &why, reterr_why);

        referrers_add(referrers, index, /* is_claimed= */ true);
        return 0;
}

static int fetch_referrer(SignatureSearch *s, const Referrer *referrer, OciManifest **ret,
                          char **reterr_why) {
        _cleanup_blob_ Blob document = {};

        int r = source_manifest(s->source, /* tag= */ NULL, &referrer->digest, /* known= */ NULL, &document,
                                reterr_why);
        if (r >= 0)
                r = check_bytes(&document, &referrer->digest, referrer->size, reterr_why);

        return r < 0 ? r : oci_manifest_parse(document.data, document.size, ret, reterr_why);
}

static int add_bundle(SignatureSearch *s, const OciManifest *m, const char *where, char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob bundle = {};
        int r;

        if (m->n_layers == 1 && m->layers[0].media_type == MEDIA_SIGSTORE_BUNDLE)
                r = fetch_blob(s, &m->layers[0], &bundle, &why);
        else
                r = refuse(&why, "not exactly one layer, a bundle");
        if (r < 0)
                return signature_search_pass_over(s, r, where, &why, reterr_why);

        return signature_search_add(s, where, "bundle", &bundle, /* signature= */ NULL);
}

static int add_referrer(SignatureSearch *s, const Referrer *referrer, const Digest *digest,
                        char **reterr_why) {
        _cleanup_(oci_manifest_freep) OciManifest *m = NULL;
        _cleanup_free_ char *where = NULL, *why = NULL;
        char text[DIGEST_TEXT_MAX];

        digest_format(&referrer->digest, text);
        int r = str_printf(&where, "%s@%s", s->repository, text);
        if (r < 0)
                return r;

        r = fetch_referrer(s, referrer, &m, &why);
        if (r >= 0 && (!m->subject || !digest_equal(&m->subject->digest, digest))) {
                if (!referrer->is_claimed)
                        return 0;
                r = refuse(&why, "its subject is something else");
        }
        if (r < 0)
                return signature_search_pass_over(s, r, where, &why, reterr_why);

        switch (media_type_parse(oci_manifest_artifact_type(m))) {
        case MEDIA_SIGSTORE_BUNDLE: return add_bundle(s, m, where, reterr_why);
        case MEDIA_COSIGN_ARTIFACT: return add_layers(s, m, where, reterr_why);
        default: return 0; /* something else that refers to the image, or a bundle of another version */
        }
}

static int find_by_referrers(SignatureSearch *s, const Digest *digest, char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        Referrers referrers = {};

        int r = source_referrers(s->source, digest, &referrers, &why);
        if (r < 0)
                return signature_search_pass_over(s, r, s->repository, &why, reterr_why);
        if (r == 0)
                r = add_tagged_referrers(s, digest, &referrers, reterr_why);
        for (size_t i = 0; r >= 0 && i < referrers.n && !signature_search_is_full(s); i++)
                r = add_referrer(s, &referrers.items[i], digest, reterr_why);
        if (r >= 0 && referrers.full)
                r = caller_note(s->net->caller, "'%s' has more that may be signatures than are looked at",
                                s->repository);

        return r;
}

int attached_signatures_find(SignatureSearch *s, const Digest *digest, char **reterr_why) {
        int r = find_by_tag(s, digest, reterr_why);
        return r < 0 ? r : find_by_referrers(s, digest, reterr_why);
}
