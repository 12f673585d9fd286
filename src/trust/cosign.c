/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: keyed cosign signatures on container images, as they are stored beside the image by a tag.
 * Never: reads a payload before its signature has been verified.
 * Follows: sigstore/cosign specs/SIGNATURE_SPEC.md. */

#include <string.h>

#include "basic/base64.h"
#include "basic/blob.h"
#include "basic/refuse.h"
#include "trust/cosign.h"
#include "trust/pem-signature.h"

static int decode_signature(const char *base64, Blob *ret, char **reterr_why) {
        int r;

        size_t n = strnlen(base64, COSIGN_SIGNATURE_MAX + 1);
        if (n > COSIGN_SIGNATURE_MAX)
                return refuse(reterr_why, -EBADMSG, "is longer than %u characters", COSIGN_SIGNATURE_MAX);

        r = base64_decode(cursor_of(base64, n), ret);
        return r == -EBADMSG ? refuse(reterr_why, r, "is not proper base64") : r;
}

int cosign_verify(const PemKey *key, Cursor payload, const char *base64, const ClaimWanted *wanted,
                  size_t *ret_digest, char **reterr_why) {
        _cleanup_blob_ Blob signature = {};
        int r;

        if (payload.n > COSIGN_PAYLOAD_MAX)
                return refuse(reterr_why, -EBADMSG, "has a payload larger than %u bytes",
                              COSIGN_PAYLOAD_MAX);

        r = decode_signature(base64, &signature, reterr_why);
        if (r >= 0)
                r = pem_signature_verify(key, payload, cursor_of(signature.data, signature.size),
                                         reterr_why);
        return r < 0 ? r : claim_check(payload, CLAIM_COSIGN, wanted, ret_digest, reterr_why);
}
