/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: signatures made with a key that is kept as PEM: how they are laid out, and over which hash they are.
 * Never: learns the algorithm from anything but the key.
 * Follows: sigstore/cosign specs/SIGNATURE_SPEC.md, RFC 5912 (Ecdsa-Sig-Value). */

#include "basic/refuse.h"
#include "image/digest.h"
#include "image/hasher.h"
#include "trust/der.h"
#include "trust/pem-signature.h"

/* The numbers in the raw signature, as the type of the key has them. */
static bool parse_numbers(const PublicKey *key, Cursor raw, SignatureNumbers *ret) {
        Cursor sequence, r = {}, s = {};

        switch (public_key_type(key)) {
        case PUBLIC_KEY_RSA:
                if (raw.n != public_key_size(key))
                        return false;
                s = raw;
                break;
        case PUBLIC_KEY_ECDSA:
                if (!der_take(&raw, DER_SEQUENCE, &sequence) || raw.n != 0 ||
                    !der_take_positive(&sequence, &r) || !der_take_positive(&sequence, &s) ||
                    sequence.n != 0)
                        return false;
                break;
        case PUBLIC_KEY_ED25519:
                if (!cursor_take(&raw, 32, &r) || !cursor_take(&raw, 32, &s) || raw.n != 0)
                        return false;
                break;
        default: return false; /* OpenPGP has more */
        }

        *ret = (SignatureNumbers) { .r = r, .s = s };
        return true;
}

static int verify_digest(const PublicKey *key, DigestAlgorithm algorithm, Cursor message,
                         SignatureNumbers numbers) {
        static const char *const names[] = {
                [DIGEST_SHA256] = "sha256",
                [DIGEST_SHA384] = "sha384",
                [DIGEST_SHA512] = "sha512",
        };
        Digest digest;
        int r;

        r = digest_of(algorithm, message.p, message.n, &digest);
        if (r < 0)
                return r;

        SignedMessage hashed = {
                .hash = names[algorithm],
                .bytes = cursor_of(digest.bytes, digest_size(algorithm)),
        };
        return public_key_verify(key, hashed, numbers);
}

/* Nothing in a signature names its hash. All agree on SHA-256, except that newer tools take the one of the
 * curve's strength. */
static int verify_ecdsa(const PublicKey *key, Cursor message, SignatureNumbers numbers) {
        int r = verify_digest(key, DIGEST_SHA256, message, numbers);
        if (r != -EKEYREJECTED)
                return r;

        switch (public_key_curve(key)) {
        case EC_P384: return verify_digest(key, DIGEST_SHA384, message, numbers);
        case EC_P521: return verify_digest(key, DIGEST_SHA512, message, numbers);
        default: return r;
        }
}

static int verify_bytes(const PublicKey *key, Cursor message, SignatureNumbers numbers) {
        switch (public_key_type(key)) {
        case PUBLIC_KEY_RSA: return verify_digest(key, DIGEST_SHA256, message, numbers);
        case PUBLIC_KEY_ECDSA: return verify_ecdsa(key, message, numbers);
        case PUBLIC_KEY_ED25519:
                return public_key_verify(key, (SignedMessage) { .bytes = message }, numbers);
        default: return -EKEYREJECTED;
        }
}

int pem_signature_verify(const PemKey *key, Cursor message, Cursor signature, char **reterr_why) {
        SignatureNumbers numbers;
        int r;

        if (!parse_numbers(key->key, signature, &numbers))
                return refuse(reterr_why, -EKEYREJECTED, "is no %s signature", public_key_name(key->key));

        r = verify_bytes(key->key, message, numbers);
        return r == -EKEYREJECTED ? refuse(reterr_why, r, "was not made by a trusted key") : r;
}
