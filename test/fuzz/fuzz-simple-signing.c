/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: trust/simple-signing under any bytes, with the key of the corpus.
 * Never: takes what that key has not signed.
 * Follows: trust/simple-signing.h. */

#include "fuzz.h"
#include "simple-signing-key.h"
#include "trust/simple-signing.h"

#define NOW 1748736000 /* 2025-06-01 */

static const OpenPgpKey *corpus_key(void) {
        static OpenPgpKey *key;

        if (!key)
                fuzz_check(openpgp_key_parse(simple_signing_key, strlen(simple_signing_key), &key, NULL) ==
                           0);
        return key;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Cursor message = cursor_of(data, size);
        char issuer[OPENPGP_KEY_ID_TEXT_MAX];
        _cleanup_free_ char *why = NULL;
        SimpleSigned s = {};
        Digest digest;

        fuzz_check(digest_parse(SIMPLE_SIGNING_DIGEST, &digest) == 0);
        const ClaimWanted wanted = {
                .digests = &digest,
                .n_digests = 1,
                .signed_name = RULE_SIGNED_NAME_ANY,
        };
        int r = simple_signing_verify(corpus_key(), message, NOW, &wanted, &s, &why);
        int q = simple_signing_issuer(message, issuer);

        fuzz_check(r == 0 ? s.signed_at == SIMPLE_SIGNED_AT && q == 0 && !why : why != NULL);
        fuzz_check(r == 0 || r == -EBADMSG || r == -ENOKEY || r == -EKEYREJECTED || r == -EKEYEXPIRED ||
                   r == -EKEYREVOKED || r == -EPERM);
        fuzz_check(q == 0 || (q == -EBADMSG && r == -EBADMSG));
        return 0;
}
