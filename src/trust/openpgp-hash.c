/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what exactly an OpenPGP signature is computed over.
 * Never: holds the document; verifies more than the arithmetic.
 * Follows: RFC 9580 section 5.2.4. */

#include <gcrypt.h>

#include "basic/str.h"
#include "image/digest.h"
#include "image/hasher.h"
#include "trust/openpgp-algorithm.h"
#include "trust/openpgp-hash.h"

struct OpenPgpHash {
        const OpenPgpSignatures *signatures;
        gcry_md_hd_t unsalted; /* for all version 4 signatures: their algorithms in one pass */
        gcry_md_hd_t salted
                        [OPENPGP_SIGNATURES_MAX]; /* of version 6, where each has something of its own in front */
};

OpenPgpHash *openpgp_hash_free(OpenPgpHash *h) {
        if (!h)
                return NULL;

        gcry_md_close(h->unsalted);
        for (size_t i = 0; i < ELEMENTSOF(h->salted); i++)
                gcry_md_close(h->salted[i]);
        free(h);
        return NULL;
}

static void md_closep(gcry_md_hd_t *md) {
        gcry_md_close(*md);
}

static int gcrypt_id(uint8_t hash) {
        const OpenPgpHashAlgorithm *a = openpgp_hash_algorithm(hash);
        return a ? gcry_md_map_name(a->gcrypt_name) : GCRY_MD_NONE;
}

static bool can_be_valid(const OpenPgpSignature *s) {
        return !s->defect && openpgp_algorithms_check(s->version, s->algorithm, s->hash, NULL) >= 0;
}

static int open_salted(const OpenPgpSignature *s, gcry_md_hd_t *ret) {
        if (gcry_md_open(ret, gcrypt_id(s->hash), 0) != 0)
                return -ENOMEM;

        gcry_md_write(*ret, s->salt.p, s->salt.n);
        return 0;
}

int openpgp_hash_new(const OpenPgpSignatures *signatures, OpenPgpHash **ret) {
        int r;

        r = crypto_init();
        if (r < 0)
                return r;

        _cleanup_openpgp_hash_ OpenPgpHash *h = calloc(1, sizeof(OpenPgpHash));
        if (!h || gcry_md_open(&h->unsalted, 0, 0) != 0)
                return -ENOMEM;
        h->signatures = signatures;

        for (size_t i = 0; i < openpgp_signatures_count(signatures); i++) {
                const OpenPgpSignature *s = openpgp_signatures_at(signatures, i);

                if (!can_be_valid(s))
                        continue;
                if (s->salt.n > 0)
                        r = open_salted(s, &h->salted[i]);
                else
                        r = gcry_md_enable(h->unsalted, gcrypt_id(s->hash)) == 0 ? 0 : -ENOMEM;
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(h);
        return 0;
}

void openpgp_hash_update(OpenPgpHash *h, const void *data, size_t size) {
        gcry_md_write(h->unsalted, data, size);
        for (size_t i = 0; i < ELEMENTSOF(h->salted); i++)
                if (h->salted[i])
                        gcry_md_write(h->salted[i], data, size);
}

/* Behind what is signed comes the signature's own hashed part, and how long that is. */
static OpenPgpDigest finish(gcry_md_hd_t md, const OpenPgpSignature *s) {
        size_t n = s->hashed.n;
        const uint8_t end[] = { s->version, 0xff, n >> 24 & 0xff, n >> 16 & 0xff, n >> 8 & 0xff, n & 0xff };
        OpenPgpDigest digest = { .hash = s->hash, .size = gcry_md_get_algo_dlen(gcrypt_id(s->hash)) };

        gcry_md_write(md, s->hashed.p, n);
        gcry_md_write(md, end, sizeof(end));
        memcpy(digest.bytes, gcry_md_read(md, gcrypt_id(s->hash)), digest.size);
        return digest;
}

int openpgp_hash_final(const OpenPgpHash *h, size_t i, OpenPgpDigest *ret) {
        const OpenPgpSignature *s = openpgp_signatures_at(h->signatures, i);
        _cleanup_(md_closep) gcry_md_hd_t md = NULL;

        if (!can_be_valid(s))
                return -EOPNOTSUPP;
        if (gcry_md_copy(&md, h->salted[i] ? h->salted[i] : h->unsalted) != 0)
                return -ENOMEM;

        *ret = finish(md, s);
        return 0;
}

int openpgp_hash_parts(const OpenPgpSignature *s, const Cursor *parts, size_t n_parts, OpenPgpDigest *ret) {
        _cleanup_(md_closep) gcry_md_hd_t md = NULL;

        if (gcry_md_test_algo(gcrypt_id(s->hash)) != 0)
                return -EOPNOTSUPP;
        if (open_salted(s, &md) < 0)
                return -ENOMEM;

        for (size_t i = 0; i < n_parts; i++)
                gcry_md_write(md, parts[i].p, parts[i].n);

        *ret = finish(md, s);
        return 0;
}

bool openpgp_digest_is_sound(const OpenPgpDigest *d) {
        const OpenPgpHashAlgorithm *a = openpgp_hash_algorithm(d->hash);
        return a && a->size == d->size;
}

void openpgp_digest_format(const OpenPgpDigest *d, char ret[static OPENPGP_DIGEST_TEXT_MAX]) {
        char *p = stpcpy(ret, openpgp_hash_algorithm(d->hash)->gcrypt_name);
        *p++ = ':';
        hex_encode(d->bytes, d->size, p);
}

int openpgp_digest_parse(const char *text, OpenPgpDigest *ret) {
        size_t n = strcspn(text, ":");
        OpenPgpDigest d = {};

        const OpenPgpHashAlgorithm *a = openpgp_hash_algorithm_by_name(text, n);
        if (!a || text[n] != ':' || hex_decode(text + n + 1, d.bytes, a->size) < 0)
                return -EINVAL;

        d.hash = a->id;
        d.size = a->size;
        *ret = d;
        return 0;
}

int openpgp_check(const OpenPgpSignature *s, const OpenPgpDigest *digest, uint8_t algorithm,
                  const PublicKey *key) {
        const OpenPgpAlgorithm *a = openpgp_algorithm(algorithm);
        SignatureNumbers numbers;

        if (s->algorithm != algorithm || s->hash != digest->hash || !openpgp_digest_is_sound(digest) || !a ||
            !a->parse_signature || !a->parse_signature(s->material, &numbers))
                return -EKEYREJECTED;
        if (memcmp(digest->bytes, s->left16, sizeof(s->left16)) != 0)
                return -EKEYREJECTED;

        SignedMessage message = {
                .hash = openpgp_hash_algorithm(digest->hash)->gcrypt_name,
                .bytes = cursor_of(digest->bytes, digest->size),
        };
        return public_key_verify(key, message, numbers);
}
