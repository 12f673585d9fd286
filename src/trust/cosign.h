/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "trust/pem.h"

#define COSIGN_PAYLOAD_MAX (64U * 1024U)
#define COSIGN_SIGNATURE_MAX (4U * 1024U) /* characters of base64 */

/* Verifies one keyed cosign signature: `signature` is base64 of a signature by `key` over the bytes of
 * `payload`, and the payload, read only after that, names one of `digests` and (unless `name` is NULL) the
 * repository `name` in whatever spelling. Returns 0 and the number of that digest, or with a text in
 * *reterr_why (may be NULL)
 *   -EBADMSG      it is not a cosign signature at all
 *   -EKEYREJECTED it was not made by this key over this payload
 *   -EPERM        it is a good signature, but on something else: other digest, other name, not a container image */
int cosign_verify(const PemKey *key, const void *payload, size_t size, const char *signature,
                  const Digest *digests, size_t n_digests, const char *name, size_t *ret_digest,
                  char **reterr_why);
