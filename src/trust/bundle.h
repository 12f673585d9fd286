/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trust/claim.h"
#include "trust/pem.h"

#define BUNDLE_MAX (64U * 1024U)

/* Verifies one sigstore bundle of version 0.3, as cosign attaches to an image since its version 3: `json`
 * holds a DSSE envelope with one signature by `key`, around an in-toto statement that a container image was
 * signed, one of those wanted. Returns 0 and the number of the digest, or with a text in *reterr_why (may be
 * NULL)
 *   -EBADMSG      it is not such a bundle at all, or one that was signed without a key ("keyless")
 *   -EKEYREJECTED it was not signed by this key
 *   -EPERM        it is a good signature, but on something else: other digest, not a container image
 * A bundle does not say the image's name: see statement_check(). */
int bundle_verify(const PemKey *key, Cursor json, const ClaimWanted *wanted, size_t *ret_digest,
                  char **reterr_why);

/* Which key it says it was signed with, fit to print: nobody has signed this. NULL if it does not say; 0 or
 * -ENOMEM. */
int bundle_key_hint(Cursor json, char **ret);
