/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: finding an image's signatures next to it.
 * Never: reads what a signature or its payload says; gantry-verify does.
 * Follows: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md ("Storage"). */

#include <stdio.h>
#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "registry-client/signatures.h"
#include "image/oci.h"

#define PAYLOAD_MAX 65536U
#define SIGNATURES_MAX 64U
#define ANNOTATION "dev.cosignproject.cosign/signature"

static int refuse(char **reterr_why, const char *tag, const char *what) {
        int r = reterr_why ? str_printf(reterr_why, "signatures in '%s': %s", tag, what) : 0;
        return r < 0 ? r : -EBADMSG;
}

static int write_one(int dir_fd, unsigned n, const char *suffix, const void *data, size_t size) {
        char name[32];

        (void) snprintf(name, sizeof(name), "%u.%s", n, suffix);
        return file_create_at(dir_fd, name, data, size);
}

static int write_signature(int dir_fd, unsigned n, const Blob *payload, const char *signature,
                           const char *source) {
        if (mkdirat(dir_fd, "signatures", 0755) < 0 && errno != EEXIST)
                return -errno;

        _cleanup_close_ int fd = dir_open_at(dir_fd, "signatures", 0);
        if (fd < 0)
                return fd;

        int r = write_one(fd, n, "payload", payload->data, payload->size);
        if (r >= 0)
                r = write_one(fd, n, "signature", signature, strlen(signature));
        if (r >= 0)
                r = write_one(fd, n, "source", source, strlen(source));

        return r;
}

static int fetch_payload(Source *s, const OciDescriptor *layer, const char *tag, Blob *ret,
                         char **reterr_why) {
        _cleanup_blob_ Blob payload = {};
        Digest actual;

        if (layer->size > PAYLOAD_MAX)
                return refuse(reterr_why, tag, "a payload of more than 64 KiB");

        int r = source_document(s, &layer->digest, layer->size, &payload, reterr_why);
        if (r >= 0)
                r = digest_of(layer->digest.algorithm, payload.data, payload.size, &actual);
        if (r < 0)
                return r;
        if (!digest_equal(&actual, &layer->digest))
                return refuse(reterr_why, tag, "a payload has not the digest that the manifest gives");

        *ret = TAKE_BLOB(payload);
        return 0;
}

static int fetch_layers(Source *s, const OciManifest *m, const char *repository, const char *tag, int dir_fd,
                        unsigned *n, char **reterr_why) {
        for (size_t i = 0; i < m->n_layers; i++) {
                const char *signature = pairs_get(&m->layers[i].annotations, ANNOTATION);
                _cleanup_free_ char *source = NULL;
                _cleanup_blob_ Blob payload = {};

                /* Attestations and the like are kept in the same place. */
                if (m->layers[i].media_type != MEDIA_COSIGN_SIGNATURE || !signature)
                        continue;
                if (*n >= SIGNATURES_MAX)
                        return refuse(reterr_why, tag, "more than 64 of them");

                int r = fetch_payload(s, &m->layers[i], tag, &payload, reterr_why);
                if (r >= 0)
                        r = str_printf(&source, "%s:%s layers[%zu]", repository, tag, i);
                if (r >= 0)
                        r = write_signature(dir_fd, *n, &payload, signature, source);
                if (r < 0)
                        return r;
                (*n)++;
        }

        return 0;
}

int signatures_fetch(Source *s, const char *repository, const Digest *digest, int dir_fd, unsigned *n,
                     char **reterr_why) {
        _cleanup_(oci_manifest_freep) OciManifest *m = NULL;
        char tag[DIGEST_TEXT_MAX + sizeof(".sig")];
        _cleanup_blob_ Blob document = {};
        _cleanup_free_ char *why = NULL;

        digest_format_id(digest, tag);
        strcat(tag, ".sig");

        int r = source_manifest(s, tag, /* digest= */ NULL, /* known= */ NULL, &document, &why);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = oci_manifest_parse(document.data, document.size, &m, &why);
        if (r < 0)
                return r == -ENOMEM ? r : refuse(reterr_why, tag, why ? why : strerror(-r));

        return fetch_layers(s, m, repository, tag, dir_fd, n, reterr_why);
}
