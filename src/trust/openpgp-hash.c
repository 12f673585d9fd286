/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what exactly an OpenPGP signature is computed over.
 * Never: holds the document; verifies.
 * Follows: RFC 9580 section 5.2.4. */

#include <gcrypt.h>

#include "trust/openpgp-hash.h"

struct OpenPgpHash {
        gcry_md_hd_t md; /* all algorithms that the signatures need, in one pass */
};

OpenPgpHash *openpgp_hash_free(OpenPgpHash *h) {
        if (!h)
                return NULL;

        gcry_md_close(h->md);
        free(h);
        return NULL;
}

static void md_closep(gcry_md_hd_t *md) {
        gcry_md_close(*md);
}

static int gcrypt_id(const OpenPgpHashAlgorithm *a) {
        return gcry_md_map_name(a->gcrypt_name);
}

/* The algorithm of a signature on a document, NULL if we do not accept it. */
static const OpenPgpHashAlgorithm *document_algorithm(const OpenPgpSignature *s) {
        const OpenPgpHashAlgorithm *a = s->defect ? NULL : openpgp_hash_algorithm(s->hash);
        return a && a->is_accepted ? a : NULL;
}

int openpgp_hash_new(const OpenPgpSignatures *signatures, OpenPgpHash **ret) {
        int r;

        r = crypto_init();
        if (r < 0)
                return r;

        _cleanup_openpgp_hash_ OpenPgpHash *h = calloc(1, sizeof(OpenPgpHash));
        if (!h || gcry_md_open(&h->md, 0, 0) != 0)
                return -ENOMEM;

        for (size_t i = 0; i < openpgp_signatures_count(signatures); i++) {
                const OpenPgpHashAlgorithm *a = document_algorithm(openpgp_signatures_at(signatures, i));
                if (a && gcry_md_enable(h->md, gcrypt_id(a)) != 0)
                        return -ENOMEM;
        }

        *ret = TAKE_PTR(h);
        return 0;
}

void openpgp_hash_update(OpenPgpHash *h, const void *data, size_t size) {
        gcry_md_write(h->md, data, size);
}

/* Behind what is signed comes the signature's own hashed part, and how long that is. */
static void add_trailer(gcry_md_hd_t md, const OpenPgpSignature *s) {
        size_t n = s->hashed.n;
        const uint8_t end[] = { s->version, 0xff, n >> 24 & 0xff, n >> 16 & 0xff, n >> 8 & 0xff, n & 0xff };

        gcry_md_write(md, s->hashed.p, n);
        gcry_md_write(md, end, sizeof(end));
}

int openpgp_hash_final(const OpenPgpHash *h, const OpenPgpSignature *s, Digest *ret) {
        _cleanup_(md_closep) gcry_md_hd_t md = NULL;

        const OpenPgpHashAlgorithm *a = document_algorithm(s);
        if (!a)
                return -EOPNOTSUPP;
        if (!gcry_md_is_enabled(h->md, gcrypt_id(a)))
                return -EINVAL;
        if (gcry_md_copy(&md, h->md) != 0)
                return -ENOMEM;

        add_trailer(md, s);
        Digest digest = { .algorithm = a->digest };
        memcpy(digest.bytes, gcry_md_read(md, gcrypt_id(a)), digest_size(a->digest));

        *ret = digest;
        return 0;
}

int openpgp_hash_parts(const OpenPgpSignature *s, const Cursor *parts, size_t n_parts, OpenPgpDigest *ret) {
        _cleanup_(md_closep) gcry_md_hd_t md = NULL;

        const OpenPgpHashAlgorithm *a = openpgp_hash_algorithm(s->hash);
        if (!a || gcry_md_test_algo(gcrypt_id(a)) != 0)
                return -EOPNOTSUPP;
        if (gcry_md_open(&md, gcrypt_id(a), 0) != 0)
                return -ENOMEM;

        for (size_t i = 0; i < n_parts; i++)
                gcry_md_write(md, parts[i].p, parts[i].n);
        add_trailer(md, s);

        OpenPgpDigest digest = { .algorithm = a, .size = gcry_md_get_algo_dlen(gcrypt_id(a)) };
        memcpy(digest.bytes, gcry_md_read(md, gcrypt_id(a)), digest.size);

        *ret = digest;
        return 0;
}

OpenPgpDigest openpgp_digest_of(const Digest *digest) {
        static const uint8_t ids[] = { [DIGEST_SHA256] = 8, [DIGEST_SHA384] = 9, [DIGEST_SHA512] = 10 };
        OpenPgpDigest d = {
                .algorithm = openpgp_hash_algorithm(ids[digest->algorithm]),
                .size = digest_size(digest->algorithm),
        };

        memcpy(d.bytes, digest->bytes, d.size);
        return d;
}

int openpgp_check(const OpenPgpSignature *s, const OpenPgpDigest *digest, uint8_t algorithm,
                  const PublicKey *key) {
        SignatureNumbers numbers;

        const OpenPgpAlgorithm *a = openpgp_algorithm(algorithm);
        if (s->algorithm != algorithm || s->hash != digest->algorithm->id || !a || !a->parse_signature ||
            !a->parse_signature(s->material, &numbers))
                return -EKEYREJECTED;
        if (memcmp(digest->bytes, s->left16, sizeof(s->left16)) != 0)
                return -EKEYREJECTED;

        SignedMessage message = {
                .hash = digest->algorithm->gcrypt_name,
                .bytes = cursor_of(digest->bytes, digest->size),
        };
        return public_key_verify(key, message, numbers);
}
