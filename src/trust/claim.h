/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"
#include "image/digest.h"
#include "image/reference.h"
#include "trust/rules.h"

#define CLAIM_SIZE_MAX (64U * 1024U)

/* What a signature says in `critical.type`: one made for another purpose is none. */
typedef enum ClaimType {
        CLAIM_COSIGN, /* "cosign container image signature" */
        CLAIM_ATOMIC, /* "atomic container signature": simple signing */
} ClaimType;

/* What a signature has to be about. */
typedef struct ClaimWanted {
        const Digest *digests; /* one of these must be signed: the manifest, and the index that lists it */
        size_t n_digests;
        RuleSignedName signed_name;
        const Reference *reference; /* what was asked for; may be NULL with RULE_SIGNED_NAME_ANY */
} ClaimWanted;

/* Reads a payload whose signature has been verified. 0 and the number of the digest that it names, -EPERM and
 * a text in *reterr_why (may be NULL) if it is about something else, or -ENOMEM. */
int claim_check(Cursor payload, ClaimType type, const ClaimWanted *wanted, size_t *ret_digest,
                char **reterr_why);
