/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: trust/cosign under any signature and payload, and trust/claim under the payload as if it were signed.
 * Never: makes a signature that is good; if it does, that is a forgery.
 * Follows: trust/cosign.h, trust/claim.h. */

#include "keys.h"
#include "trust/cosign.h"

static void check_answer(int r, size_t digest, const char *why) {
        fuzz_check((r < 0) == (why != NULL));
        fuzz_check(digest == (r < 0 ? 99 : 0));
}

static void check_claim(Cursor payload, const ClaimWanted *wanted) {
        _cleanup_free_ char *why = NULL;
        size_t digest = 99;

        int r = claim_check(payload, CLAIM_COSIGN, wanted, &digest, &why);
        fuzz_check(r == 0 || r == -EPERM);
        check_answer(r, digest, why);
}

static void check_signature(const char *base64, Cursor payload, const ClaimWanted *wanted) {
        _cleanup_free_ char *why = NULL;
        size_t digest = 99;

        int r = cosign_verify(fuzz_key(payload.n), payload, base64, wanted, &digest, &why);
        fuzz_check(r == -EBADMSG || r == -EKEYREJECTED);
        check_answer(r, digest, why);
}

/* The signature, a newline, the payload. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_reference_ Reference *reference = NULL;
        Digest digest = {};

        const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
        size_t n = newline ? (size_t) (newline - data) : size;
        _cleanup_free_ char *base64 = fuzz_text(data, n);
        Cursor payload = newline ? cursor_of(newline + 1, size - n - 1) : (Cursor) {};

        memset(digest.bytes, 0xaa, 32);
        fuzz_check(reference_parse("quay.io/coreos/etcd", &reference, NULL) == 0);
        const ClaimWanted wanted = {
                .digests = &digest,
                .n_digests = 1,
                .signed_name = RULE_SIGNED_NAME_REPOSITORY,
                .reference = reference,
        };
        check_signature(base64, payload, &wanted);
        check_claim(payload, &wanted);
        return 0;
}
