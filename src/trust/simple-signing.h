/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/signature-list.h"
#include "trust/claim.h"
#include "trust/openpgp-key.h"

typedef struct SimpleSigned {
        size_t digest;      /* number of the digest it names */
        uint64_t signed_at; /* seconds since 1970, as the signer has it */
} SimpleSigned;

/* Verifies one "simple signing" message, of SIMPLE_SIGNATURE_MAX bytes at the most, as of `now`: signed by `key` or a subkey of it, and what is signed, read
 * only after that, names what is wanted. Returns 0, or with a text in *reterr_why (may be NULL)
 *   -EBADMSG      it is no message with one signature, or its signature can never be valid
 *   -ENOKEY, -EKEYREJECTED, -EKEYEXPIRED, -EKEYREVOKED   as openpgp_verify()
 *   -EPERM        that key may not sign, or it has signed something else: other digest, other name, no image
 *   -ENOMEM */
int simple_signing_verify(const OpenPgpKey *key, Cursor message, uint64_t now, const ClaimWanted *wanted,
                          SimpleSigned *ret, char **reterr_why);

/* Whose signature it says to be; for messages to people. -EBADMSG if it is none. */
int simple_signing_issuer(Cursor message, char ret[static OPENPGP_KEY_ID_TEXT_MAX]);
