/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "trust/public-key.h"

/* The algorithm numbers of OpenPGP, one row each; a new algorithm is a new row. */

typedef struct OpenPgpHashAlgorithm {
        uint8_t id;
        const char *name; /* for people */
        const char *gcrypt_name;
        bool is_accepted;       /* else it is good for nothing but to honour a revocation */
        DigestAlgorithm digest; /* if accepted */
} OpenPgpHashAlgorithm;

/* NULL for an unknown number. */
const OpenPgpHashAlgorithm *openpgp_hash_algorithm(uint8_t id);

typedef struct OpenPgpAlgorithm {
        uint8_t id;
        const char *name;
        /* Reads the numbers of a key or a signature, all of them. NULL: an algorithm that we do not verify. */
        int (*parse_key)(Cursor material, PublicKey **ret, char **reterr_why);
        bool (*parse_signature)(Cursor material, SignatureNumbers *ret);
} OpenPgpAlgorithm;

/* NULL for an unknown number. */
const OpenPgpAlgorithm *openpgp_algorithm(uint8_t id);
