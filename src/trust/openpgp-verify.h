/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trust/openpgp-hash.h"
#include "trust/openpgp-key.h"

/* Verifies a signature on a binary document whose digest (openpgp_hash_final()) is given, as of `now`: made
 * by the primary key or a bound subkey that may sign, which is neither expired nor revoked. Returns 0, or
 * with a text in *reterr_why (may be NULL)
 *   -EBADMSG      the signature can never be valid: weak hash, wrong type, unknown critical subpacket, …
 *   -ENOKEY       it was not made by a key of this certificate
 *   -EKEYREJECTED it does not match the document, or is dated before the key or after now
 *   -EKEYEXPIRED  signature, key or subkey has expired
 *   -EKEYREVOKED  key or subkey was revoked
 *   -EPERM        that key may not sign documents */
int openpgp_verify(const OpenPgpSignature *s, const OpenPgpDigest *digest, const OpenPgpKey *key,
                   uint64_t now, char **reterr_why);
