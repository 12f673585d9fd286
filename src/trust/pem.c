/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: public keys as SubjectPublicKeyInfo, and RSA keys without it.
 * Never: takes a curve by its parameters, an unknown algorithm, a private key or one byte too many.
 * Follows: RFC 5280 section 4.1.2.7, RFC 5480, RFC 8017 appendix A, RFC 8410. */

#include "basic/refuse.h"
#include "image/hasher.h"
#include "trust/armor.h"
#include "trust/der.h"
#include "trust/pem.h"

typedef int (*ParseKey)(Cursor parameters, Cursor bits, PublicKey **ret, char **reterr_why);

static int parse_rsa(Cursor parameters, Cursor bits, PublicKey **ret, char **reterr_why) {
        Cursor null, numbers, n, e;

        if (!der_take(&parameters, DER_NULL, &null) || null.n != 0 || parameters.n != 0)
                return refuse(reterr_why, -EBADMSG, "has unexpected RSA parameters");
        if (!der_take(&bits, DER_SEQUENCE, &numbers) || bits.n != 0 || !der_take_positive(&numbers, &n) ||
            !der_take_positive(&numbers, &e) || numbers.n != 0)
                return refuse(reterr_why, -EBADMSG, "has a malformed RSA key");

        return public_key_new_rsa(n, e, ret, reterr_why);
}

static int parse_ec(Cursor parameters, Cursor bits, PublicKey **ret, char **reterr_why) {
        static const struct {
                uint8_t size;
                uint8_t oid[8];
                EcCurve curve;
        } curves[] = {
                { 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 }, EC_P256 }, /* 1.2.840.10045.3.1.7 */
                { 5, { 0x2b, 0x81, 0x04, 0x00, 0x22 }, EC_P384 },                   /* 1.3.132.0.34 */
                { 5, { 0x2b, 0x81, 0x04, 0x00, 0x23 }, EC_P521 },                   /* 1.3.132.0.35 */
        };
        Cursor oid;

        if (!der_take(&parameters, DER_OID, &oid) || parameters.n != 0)
                return refuse(reterr_why, -EBADMSG, "does not name its elliptic curve");

        for (size_t i = 0; i < ELEMENTSOF(curves); i++)
                if (cursor_equal(oid, curves[i].oid, curves[i].size))
                        return public_key_new_ecdsa(curves[i].curve, bits, ret, reterr_why);

        return refuse(reterr_why, -EBADMSG, "is on an elliptic curve other than P-256, P-384 and P-521");
}

static int parse_ed25519(Cursor parameters, Cursor bits, PublicKey **ret, char **reterr_why) {
        if (parameters.n != 0)
                return refuse(reterr_why, -EBADMSG, "has unexpected Ed25519 parameters");

        return public_key_new_ed25519(bits, ret, reterr_why);
}

static ParseKey find_algorithm(Cursor oid) {
        static const struct {
                uint8_t size;
                uint8_t oid[9];
                ParseKey parse;
        } algorithms[] = {
                { 9,
                  { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 },
                  parse_rsa },                                                 /* 1.2.840.113549.1.1.1 */
                { 7, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 }, parse_ec }, /* 1.2.840.10045.2.1 */
                { 3, { 0x2b, 0x65, 0x70 }, parse_ed25519 },                    /* 1.3.101.112 */
        };

        for (size_t i = 0; i < ELEMENTSOF(algorithms); i++)
                if (cursor_equal(oid, algorithms[i].oid, algorithms[i].size))
                        return algorithms[i].parse;
        return NULL;
}

static int parse_spki(Cursor der, PublicKey **ret, char **reterr_why) {
        Cursor spki, identifier, oid, bits;

        if (!der_take(&der, DER_SEQUENCE, &spki) || der.n != 0 ||
            !der_take(&spki, DER_SEQUENCE, &identifier) || !der_take_bytes(&spki, &bits) || spki.n != 0 ||
            !der_take(&identifier, DER_OID, &oid))
                return refuse(reterr_why, -EBADMSG, "is not a DER public key");

        ParseKey parse = find_algorithm(oid);
        if (!parse)
                return refuse(reterr_why, -EBADMSG, "has an algorithm other than ECDSA, RSA and Ed25519");

        return parse(identifier, bits, ret, reterr_why);
}

/* PKCS #1: the RSA numbers alone. They are put where SubjectPublicKeyInfo has them, so that the same key has
 * the same fingerprint however it is written: thresholds count fingerprints. */
static int wrap_rsa(Blob *der) {
        static const uint8_t algorithm[] = {
                /* SEQUENCE { OID rsaEncryption, NULL } */
                0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
        };
        uint8_t outer[DER_HEADER_MAX], inner[DER_HEADER_MAX];
        size_t bits = 1 + der->size; /* the number of unused bits goes first */
        size_t n_inner = der_format_header(DER_BIT_STRING, bits, inner);
        size_t contents = sizeof(algorithm) + n_inner + bits;
        size_t n_outer = der_format_header(DER_SEQUENCE, contents, outer);

        _cleanup_blob_ Blob spki = { .data = malloc(n_outer + contents), .size = n_outer + contents };
        if (!spki.data)
                return -ENOMEM;

        uint8_t *p = mempcpy(spki.data, outer, n_outer);
        p = mempcpy(p, algorithm, sizeof(algorithm));
        p = mempcpy(p, inner, n_inner);
        *p++ = 0;
        memcpy(p, der->data, der->size);

        blob_done(der);
        *der = TAKE_BLOB(spki);
        return 0;
}

static int decode(Cursor text, Blob *ret, char **reterr_why) {
        static const char begin[] = "-----BEGIN RSA PUBLIC KEY-----";
        _cleanup_blob_ Blob der = {};
        bool is_rsa = text.n > 0 && memmem(text.p, text.n, begin, strlen(begin));

        int r = pem_decode(text, is_rsa ? "RSA PUBLIC KEY" : "PUBLIC KEY", &der, reterr_why);
        if (r >= 0 && is_rsa)
                r = wrap_rsa(&der);
        if (r < 0)
                return r;

        *ret = TAKE_BLOB(der);
        return 0;
}

int pem_key_parse(const void *data, size_t size, PemKey *ret, char **reterr_why) {
        _cleanup_blob_ Blob der = {};
        PublicKey *key;
        Digest fingerprint;
        int r;

        r = decode(cursor_of(data, size), &der, reterr_why);
        if (r < 0)
                return r;
        r = digest_of(DIGEST_SHA256, der.data, der.size, &fingerprint);
        if (r < 0)
                return r;
        r = parse_spki(cursor_of(der.data, der.size), &key, reterr_why);
        if (r < 0)
                return r;

        *ret = (PemKey) { .key = key, .fingerprint = fingerprint };
        return 0;
}

void pem_key_done(PemKey *key) {
        key->key = public_key_free(key->key);
}
