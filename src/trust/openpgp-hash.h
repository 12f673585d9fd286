/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "trust/openpgp-algorithm.h"
#include "trust/openpgp-signature.h"

/* The document being hashed once for all detached signatures on it:
 *
 *         openpgp_hash_new(signatures, &hash);
 *         openpgp_hash_update(hash, data, size);          … as often as it takes
 *         openpgp_hash_final(hash, signature, &digest);   for each signature
 *
 * The digest is what that signature is verified against, now (openpgp_verify(), trust_judge()) and again at every start
 * without the document: keep it with the signature file. */
typedef struct OpenPgpHash OpenPgpHash;

int openpgp_hash_new(const OpenPgpSignatures *signatures, OpenPgpHash **ret);
void openpgp_hash_update(OpenPgpHash *h, const void *data, size_t size);

/* -EOPNOTSUPP for a signature with a defect or a hash algorithm we do not accept: it can never be valid,
 * whatever the document. */
int openpgp_hash_final(const OpenPgpHash *h, const OpenPgpSignature *s, Digest *ret);

OpenPgpHash *openpgp_hash_free(OpenPgpHash *h);
DEFINE_CLEANUP(OpenPgpHash, openpgp_hash_free)
#define _cleanup_openpgp_hash_ _cleanup_(openpgp_hash_freep)

/* For this folder: a digest together with the algorithm, also those that documents may not use. */
typedef struct OpenPgpDigest {
        const OpenPgpHashAlgorithm *algorithm;
        size_t size;
        uint8_t bytes[64];
} OpenPgpDigest;

OpenPgpDigest openpgp_digest_of(const Digest *digest);

/* What a self-signature is computed over: the parts and its own trailer. -EOPNOTSUPP: unknown algorithm. */
int openpgp_hash_parts(const OpenPgpSignature *s, const Cursor *parts, size_t n_parts, OpenPgpDigest *ret);

/* Just the arithmetic: 0, -EKEYREJECTED or -ENOMEM. `algorithm` is the number in the packet of `key`. */
int openpgp_check(const OpenPgpSignature *s, const OpenPgpDigest *digest, uint8_t algorithm,
                  const PublicKey *key);
