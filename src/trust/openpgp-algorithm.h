/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trust/public-key.h"

/* The algorithm numbers of OpenPGP, one row each; a new algorithm is a new row. */

typedef struct OpenPgpHashAlgorithm {
        uint8_t id;
        const char *name;        /* for people */
        const char *gcrypt_name; /* also in the text of a digest */
        uint8_t size;            /* of the digest in bytes */
        uint8_t salt_size; /* in version 6; 0: the algorithm is good for nothing but to honour a revocation */
        bool is_not_for_rsa; /* libgcrypt 1.10 does not know its name in PKCS #1 */
} OpenPgpHashAlgorithm;

/* NULL for an unknown number or name (gcrypt_name, `n` characters). */
const OpenPgpHashAlgorithm *openpgp_hash_algorithm(uint8_t id);
const OpenPgpHashAlgorithm *openpgp_hash_algorithm_by_name(const char *name, size_t n);

typedef struct OpenPgpAlgorithm {
        uint8_t id;
        const char *name;
        /* Reads the numbers of a key or a signature, all of them. NULL: an algorithm that we do not verify. */
        int (*parse_key)(Cursor material, PublicKey **ret, char **reterr_why);
        bool (*parse_signature)(Cursor material, SignatureNumbers *ret);
        uint8_t digest_size_min; /* what is signed must be this long, in bytes */
        bool is_legacy;          /* not in version 6 */
} OpenPgpAlgorithm;

/* NULL for an unknown number. */
const OpenPgpAlgorithm *openpgp_algorithm(uint8_t id);

/* May a signature of this version be made with these two? 0, or -EBADMSG and *reterr_why (may be NULL). */
int openpgp_algorithms_check(uint8_t version, uint8_t algorithm, uint8_t hash, char **reterr_why);
