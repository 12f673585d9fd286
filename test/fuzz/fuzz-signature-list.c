/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: image/signature-list under any bytes.
 * Never: verifies a signature.
 * Follows: image/signature-list.h. */

#include "fuzz.h"
#include "image/signature-list.h"

static void check_item(const SignatureList *l, size_t i, const Digest *digest) {
        _cleanup_blob_ Blob signature = {};
        _cleanup_free_ char *why = NULL;

        int r = signature_list_get(l, i, digest, &signature, &why);
        fuzz_check(r == 0 || r == 1 || r == -EBADMSG);
        fuzz_check((r == -EBADMSG) == (why != NULL));
        fuzz_check(r == 1 ? signature.size > 0 && signature.size <= SIMPLE_SIGNATURE_MAX : !signature.data);
        (void) simple_signature_is_openpgp(&signature);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_signature_list_ SignatureList l = {};
        _cleanup_free_ char *why = NULL;
        Digest digest = { .algorithm = DIGEST_SHA256 };

        memset(digest.bytes, 0x11, digest_size(DIGEST_SHA256));
        int r = signature_list_parse(data, size, &l, &why);
        fuzz_check(r == 0 || (r == -EBADMSG && why && !l.items));
        for (size_t i = 0; i < l.n_items; i++)
                check_item(&l, i, &digest);
        return 0;
}
