/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trust/openpgp-signature.h"
#include "trust/public-key.h"

/* What one signature is computed over. Plain bytes: it travels through pipes. */
typedef struct OpenPgpDigest {
        uint8_t hash; /* OpenPGP's number of the algorithm; 0: there is none */
        uint8_t size;
        uint8_t bytes[64]; /* `size` of them count */
} OpenPgpDigest;

#define OPENPGP_DIGEST_TEXT_MAX (sizeof("sha3-512:") + 128) /* with the NUL */

/* The size is that of an algorithm we know. */
bool openpgp_digest_is_sound(const OpenPgpDigest *d);

/* "sha512:<hex>", "sha3-512:<hex>", of one that is sound. The parser takes that and nothing else. 0 or -EINVAL. */
void openpgp_digest_format(const OpenPgpDigest *d, char ret[static OPENPGP_DIGEST_TEXT_MAX]);
int openpgp_digest_parse(const char *text, OpenPgpDigest *ret);

/* The document being hashed once for all detached signatures on it:
 *
 *         openpgp_hash_new(signatures, &hash);
 *         openpgp_hash_update(hash, data, size);     … as often as it takes
 *         openpgp_hash_final(hash, i, &digest);      for each signature
 *
 * The digest is what that signature is verified against, now (openpgp_verify(), trust_judge()) and again at every start
 * without the document: keep it with the signature file. */
typedef struct OpenPgpHash OpenPgpHash;

/* `signatures` stays in use until the end. */
int openpgp_hash_new(const OpenPgpSignatures *signatures, OpenPgpHash **ret);
void openpgp_hash_update(OpenPgpHash *h, const void *data, size_t size);

/* For the i-th of the signatures. -EOPNOTSUPP for one with a defect or an algorithm we do not accept: it can
 * never be valid, whatever the document. */
int openpgp_hash_final(const OpenPgpHash *h, size_t i, OpenPgpDigest *ret);
OpenPgpHash *openpgp_hash_free(OpenPgpHash *h);
DEFINE_CLEANUP(OpenPgpHash, openpgp_hash_free)
#define _cleanup_openpgp_hash_ _cleanup_(openpgp_hash_freep)

/* What lies in memory at once, such as a self-signature's key and user id: the parts and the signature's own
 * trailer. Also with algorithms that are not accepted; -EOPNOTSUPP if libgcrypt does not know it either. */
int openpgp_hash_parts(const OpenPgpSignature *s, const Cursor *parts, size_t n_parts, OpenPgpDigest *ret);

/* Just the arithmetic: 0, -EKEYREJECTED or -ENOMEM. `algorithm` is the number in the packet of `key`. */
int openpgp_check(const OpenPgpSignature *s, const OpenPgpDigest *digest, uint8_t algorithm,
                  const PublicKey *key);
