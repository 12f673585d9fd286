/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trust/claim.h"
#include "trust/pem.h"

#define COSIGN_PAYLOAD_MAX (64U * 1024U)
#define COSIGN_SIGNATURE_MAX (4U * 1024U) /* characters of base64 */

/* Verifies one keyed cosign signature: `base64` is a signature by `key` over the bytes of `payload`, and the
 * payload, read only after that, names what is wanted. Returns 0 and the number of the digest, or with a text
 * in *reterr_why (may be NULL)
 *   -EBADMSG      it is not a cosign signature at all
 *   -EKEYREJECTED it was not made by this key over this payload
 *   -EPERM        it is a good signature, but on something else: other digest, other name, not a container image */
int cosign_verify(const PemKey *key, Cursor payload, const char *base64, const ClaimWanted *wanted,
                  size_t *ret_digest, char **reterr_why);
