/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: trust/public-key under any numbers. The input: the kind of key in one byte, then five fields with their length in
 *       two bytes in front: two numbers of the key (only RSA has a second), two of the signature, and what is signed.
 * Never: asks whether a signature is right: the point is that libgcrypt survives.
 * Follows: trust/public-key.h; test/corpus-tools/make-public-key.py makes the corpus. */

#include "fuzz.h"
#include "trust/public-key.h"

#define SHA256_SIZE 32U

static Cursor take_field(Cursor *input) {
        Cursor field = {};
        uint16_t size;

        if (cursor_take_be16(input, &size))
                (void) cursor_take(input, MIN(size, input->n), &field);
        return field;
}

static int make_key(uint8_t kind, Cursor a, Cursor b, PublicKey **ret, char **reterr_why) {
        if (kind < _EC_CURVE_MAX)
                return public_key_new_ecdsa(kind, a, ret, reterr_why);

        switch (kind - _EC_CURVE_MAX) {
        case 0: return public_key_new_ed25519(a, ret, reterr_why);
        case 1: return public_key_new_ed448(a, ret, reterr_why);
        default: return public_key_new_rsa(a, b, ret, reterr_why);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_public_key_ PublicKey *key = NULL;
        _cleanup_free_ char *why = NULL;
        Cursor input = cursor_of(data, size);
        uint8_t kind = 0;

        (void) cursor_take_u8(&input, &kind);
        Cursor a = take_field(&input), b = take_field(&input);
        int r = make_key(kind, a, b, &key, &why);
        fuzz_check(r == 0 || r == -EBADMSG);
        fuzz_check((r == 0) == !why && (r == 0) == !!key);
        if (!key)
                return 0;

        SignatureNumbers numbers = { .r = take_field(&input), .s = take_field(&input) };
        SignedMessage message = { .hash = "sha256", .bytes = take_field(&input) };
        if (message.bytes.n != SHA256_SIZE)
                message.bytes = cursor_of("0123456789abcdef0123456789abcdef", SHA256_SIZE);
        r = public_key_verify(key, message, numbers);
        fuzz_check(r == 0 || r == -EKEYREJECTED);
        return 0;
}
