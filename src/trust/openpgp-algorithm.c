/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which algorithms of OpenPGP are accepted and how their numbers are laid out.
 * Never: accepts DSA, MD5, SHA-1 or RIPEMD-160 from anybody.
 * Follows: RFC 9580 sections 5.2.3, 5.5.5, 9.1, 9.2 and 9.5. */

#include "trust/openpgp-algorithm.h"
#include "trust/openpgp-packet.h"
#include "trust/refuse.h"

const OpenPgpHashAlgorithm *openpgp_hash_algorithm(uint8_t id) {
        static const OpenPgpHashAlgorithm algorithms[] = {
                { 1, "MD5", "md5" },
                { 2, "SHA-1", "sha1" },
                { 3, "RIPEMD-160", "ripemd160" },
                { 8, "SHA-256", "sha256", .is_accepted = true, DIGEST_SHA256 },
                { 9, "SHA-384", "sha384", .is_accepted = true, DIGEST_SHA384 },
                { 10, "SHA-512", "sha512", .is_accepted = true, DIGEST_SHA512 },
                { 11, "SHA-224", "sha224" },
                { 12, "SHA3-256", "sha3-256" },
                { 14, "SHA3-512", "sha3-512" },
        };

        for (size_t i = 0; i < ELEMENTSOF(algorithms); i++)
                if (algorithms[i].id == id)
                        return &algorithms[i];
        return NULL;
}

static int parse_rsa_key(Cursor m, PublicKey **ret, char **reterr_why) {
        Cursor n, e;

        if (!openpgp_take_mpi(&m, &n) || !openpgp_take_mpi(&m, &e) || m.n != 0)
                return trust_refuse(reterr_why, -EBADMSG, "has a malformed RSA key");

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
                uint8_t oid[8];
                EcCurve curve;
        } curves[] = {
                { 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 }, EC_P256 },
                { 5, { 0x2b, 0x81, 0x04, 0x00, 0x22 }, EC_P384 },
                { 5, { 0x2b, 0x81, 0x04, 0x00, 0x23 }, EC_P521 },
        };
        Cursor oid, point;

        if (!take_curve_and_point(m, &oid, &point))
                return trust_refuse(reterr_why, -EBADMSG, "has a malformed ECDSA key");

        for (size_t i = 0; i < ELEMENTSOF(curves); i++)
                if (cursor_equal(oid, curves[i].oid, curves[i].size))
                        return public_key_new_ecdsa(curves[i].curve, point, ret, reterr_why);

        return trust_refuse(reterr_why, -EBADMSG,
                            "is on an elliptic curve other than P-256, P-384 and P-521");
}

static int parse_eddsa_key(Cursor m, PublicKey **ret, char **reterr_why) {
        static const uint8_t ed25519[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01 };
        Cursor oid, point;
        uint8_t prefix;

        if (!take_curve_and_point(m, &oid, &point) || !cursor_take_u8(&point, &prefix) || prefix != 0x40)
                return trust_refuse(reterr_why, -EBADMSG, "has a malformed EdDSA key");
        if (!cursor_equal(oid, ed25519, sizeof(ed25519)))
                return trust_refuse(reterr_why, -EBADMSG, "is an EdDSA key on a curve other than Ed25519");

        return public_key_new_ed25519(point, ret, reterr_why);
}

static bool parse_two_numbers(Cursor m, SignatureNumbers *ret) {
        Cursor r, s;

        if (!openpgp_take_mpi(&m, &r) || !openpgp_take_mpi(&m, &s) || m.n != 0)
                return false;

        *ret = (SignatureNumbers) { .r = r, .s = s };
        return true;
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
                { 22, "EdDSA", parse_eddsa_key, parse_two_numbers },
                { 25, "X25519" },
                { 26, "X448" },
                { 27, "Ed25519 (RFC 9580)" },
                { 28, "Ed448 (RFC 9580)" },
        };

        for (size_t i = 0; i < ELEMENTSOF(algorithms); i++)
                if (algorithms[i].id == id)
                        return &algorithms[i];
        return NULL;
}
