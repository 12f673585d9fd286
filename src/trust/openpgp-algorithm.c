/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which algorithms of OpenPGP are accepted and how their numbers are laid out.
 * Never: accepts DSA, MD5, SHA-1 or RIPEMD-160 from anybody.
 * Follows: RFC 9580 sections 5.2.3, 5.5.5, 9.1, 9.2 and 9.5. */

#include <gcrypt.h>

#include "basic/refuse.h"
#include "trust/edwards.h"
#include "trust/openpgp-algorithm.h"
#include "trust/openpgp-packet.h"

static const OpenPgpHashAlgorithm hash_algorithms[] = {
        { 1, "MD5", "md5", 16 },
        { 2, "SHA-1", "sha1", 20 },
        { 3, "RIPEMD-160", "ripemd160", 20 },
        { 8, "SHA-256", "sha256", 32, .salt_size = 16 },
        { 9, "SHA-384", "sha384", 48, .salt_size = 24 },
        { 10, "SHA-512", "sha512", 64, .salt_size = 32 },
        { 11, "SHA-224", "sha224", 28 },
        { 12, "SHA3-256", "sha3-256", 32, .salt_size = 16, .is_not_for_rsa = true },
        { 14, "SHA3-512", "sha3-512", 64, .salt_size = 32, .is_not_for_rsa = true },
};

const OpenPgpHashAlgorithm *openpgp_hash_algorithm(uint8_t id) {
        for (size_t i = 0; i < ELEMENTSOF(hash_algorithms); i++)
                if (hash_algorithms[i].id == id)
                        return &hash_algorithms[i];
        return NULL;
}

const OpenPgpHashAlgorithm *openpgp_hash_algorithm_by_name(const char *name, size_t n) {
        for (size_t i = 0; i < ELEMENTSOF(hash_algorithms); i++)
                if (cursor_equal(cursor_of(name, n), hash_algorithms[i].gcrypt_name,
                                 strlen(hash_algorithms[i].gcrypt_name)))
                        return &hash_algorithms[i];
        return NULL;
}

static int parse_rsa_key(Cursor m, PublicKey **ret, char **reterr_why) {
        Cursor n, e;

        if (!openpgp_take_mpi(&m, &n) || !openpgp_take_mpi(&m, &e) || m.n != 0)
                return refuse(reterr_why, -EBADMSG, "has a malformed RSA key");

        return public_key_new_rsa(n, e, ret, reterr_why);
}

static bool parse_rsa_signature(Cursor m, SignatureNumbers *ret) {
        Cursor s;

        if (!openpgp_take_mpi(&m, &s) || m.n != 0)
                return false;

        *ret = (SignatureNumbers) { .s = s };
        return true;
}

/* An object identifier with its length in front, then one number. */
static bool take_curve_and_point(Cursor m, Cursor *ret_oid, Cursor *ret_point) {
        uint8_t size;

        return cursor_take_u8(&m, &size) && cursor_take(&m, size, ret_oid) &&
               openpgp_take_mpi(&m, ret_point) && m.n == 0;
}

static int parse_ecdsa_key(Cursor m, PublicKey **ret, char **reterr_why) {
        static const struct {
                uint8_t size;
                uint8_t oid[9];
                EcCurve curve;
        } curves[] = {
                { 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 }, EC_P256 },
                { 5, { 0x2b, 0x81, 0x04, 0x00, 0x22 }, EC_P384 },
                { 5, { 0x2b, 0x81, 0x04, 0x00, 0x23 }, EC_P521 },
                { 9, { 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07 }, EC_BRAINPOOL_P256 },
                { 9, { 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0b }, EC_BRAINPOOL_P384 },
                { 9, { 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0d }, EC_BRAINPOOL_P512 },
        };
        Cursor oid, point;

        if (!take_curve_and_point(m, &oid, &point))
                return refuse(reterr_why, -EBADMSG, "has a malformed ECDSA key");

        for (size_t i = 0; i < ELEMENTSOF(curves); i++)
                if (cursor_equal(oid, curves[i].oid, curves[i].size))
                        return public_key_new_ecdsa(curves[i].curve, point, ret, reterr_why);

        return refuse(reterr_why, -EBADMSG,
                      "is on an elliptic curve other than NIST's and Brainpool's of 256 bits or more");
}

static int parse_eddsa_key(Cursor m, PublicKey **ret, char **reterr_why) {
        static const uint8_t ed25519[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01 };
        Cursor oid, point;
        uint8_t prefix;

        if (!take_curve_and_point(m, &oid, &point) || !cursor_take_u8(&point, &prefix) || prefix != 0x40)
                return refuse(reterr_why, -EBADMSG, "has a malformed EdDSA key");
        if (!cursor_equal(oid, ed25519, sizeof(ed25519)))
                return refuse(reterr_why, -EBADMSG, "is an EdDSA key on a curve other than Ed25519");

        return public_key_new_ed25519(point, ret, reterr_why);
}

static bool parse_two_numbers(Cursor m, SignatureNumbers *ret) {
        Cursor r, s;

        if (!openpgp_take_mpi(&m, &r) || !openpgp_take_mpi(&m, &s) || m.n != 0)
                return false;

        *ret = (SignatureNumbers) { .r = r, .s = s };
        return true;
}

/* The two halves as they are. */
static bool take_halves(Cursor m, EdwardsCurve curve, SignatureNumbers *ret) {
        SignatureNumbers numbers;

        if (!cursor_take(&m, edwards_size(curve), &numbers.r) ||
            !cursor_take(&m, edwards_size(curve), &numbers.s) || m.n != 0)
                return false;

        *ret = numbers;
        return true;
}

static bool parse_ed25519_signature(Cursor m, SignatureNumbers *ret) {
        return take_halves(m, EDWARDS_25519, ret);
}

static bool parse_ed448_signature(Cursor m, SignatureNumbers *ret) {
        return take_halves(m, EDWARDS_448, ret);
}

const OpenPgpAlgorithm *openpgp_algorithm(uint8_t id) {
        static const OpenPgpAlgorithm algorithms[] = {
                { 1, "RSA", parse_rsa_key, parse_rsa_signature },
                { 2, "RSA encryption" },
                { 3, "RSA", parse_rsa_key, parse_rsa_signature },
                { 16, "Elgamal" },
                { 17, "DSA" },
                { 18, "ECDH" },
                { 19, "ECDSA", parse_ecdsa_key, parse_two_numbers },
                { 20, "Elgamal" },
                { 22, "EdDSA", parse_eddsa_key, parse_two_numbers, 32, .is_legacy = true },
                { 25, "X25519" },
                { 26, "X448" },
                { 27, "Ed25519", public_key_new_ed25519, parse_ed25519_signature, 32 },
                { 28, "Ed448", public_key_new_ed448, parse_ed448_signature, 64 },
        };

        for (size_t i = 0; i < ELEMENTSOF(algorithms); i++)
                if (algorithms[i].id == id)
                        return &algorithms[i];
        return NULL;
}

static bool is_accepted(const OpenPgpHashAlgorithm *h) {
        return h->salt_size > 0 && gcry_md_test_algo(gcry_md_map_name(h->gcrypt_name)) == 0;
}

int openpgp_algorithms_check(uint8_t version, uint8_t algorithm, uint8_t hash, char **reterr_why) {
        const OpenPgpHashAlgorithm *h = openpgp_hash_algorithm(hash);
        if (!h)
                return refuse(reterr_why, -EBADMSG, "uses the unknown hash algorithm %u", hash);
        if (!is_accepted(h))
                return refuse(reterr_why, -EBADMSG, "uses %s, which is not accepted", h->name);

        const OpenPgpAlgorithm *a = openpgp_algorithm(algorithm);
        if (!a)
                return refuse(reterr_why, -EBADMSG, "uses the unknown algorithm %u", algorithm);
        if (!a->parse_signature)
                return refuse(reterr_why, -EBADMSG, "uses %s, which is not accepted", a->name);
        if (h->is_not_for_rsa && a->parse_signature == parse_rsa_signature)
                return refuse(reterr_why, -EBADMSG, "uses %s with %s, which is not accepted", h->name,
                              a->name);
        if (a->is_legacy && version > 4)
                return refuse(reterr_why, -EBADMSG, "uses %s, which version %u does not have", a->name,
                              version);
        if (h->size < a->digest_size_min)
                return refuse(reterr_why, -EBADMSG, "uses %s, which is too short for %s", h->name, a->name);
        return 0;
}
