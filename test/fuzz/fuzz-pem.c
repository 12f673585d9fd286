/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: trust/pem under any text.
 * Never: takes a key for whose numbers libgcrypt has no answer.
 * Follows: trust/pem.h. */

#include "fuzz.h"
#include "trust/pem-signature.h"

/* Whatever was accepted can be computed with. */
static void check_key(PemKey *key) {
        static const uint8_t signature[64] = { 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01 };
        Cursor message = cursor_of("gantry", 6);

        fuzz_check(public_key_name(key->key)[0] != '\0');
        fuzz_check(pem_signature_verify(key, message, cursor_of(signature, 8), NULL) == -EKEYREJECTED);
        fuzz_check(pem_signature_verify(key, message, cursor_of(signature, 64), NULL) == -EKEYREJECTED);
        pem_key_done(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *why = NULL;
        PemKey key = {};

        int r = pem_key_parse(data, size, &key, &why);
        fuzz_check(r == 0 || r == -EBADMSG);
        fuzz_check((r < 0) == (why != NULL));
        fuzz_check((r < 0) == (key.key == NULL));
        if (r == 0)
                check_key(&key);
        return 0;
}
