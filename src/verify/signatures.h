/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trust/judge.h"
#include "verify/answer.h"
#include "verify/evidence.h"

/* For workers, which end without freeing anything. */

/* Signatures as trust_judge() takes them. They borrow from the evidence and from the parsed files beside them. */
typedef struct Signatures {
        OpenPgpSignatures *files[TRUST_SIGNATURES_MAX];
        TrustSignature items[TRUST_SIGNATURES_MAX];
        size_t n;
} Signatures;

/* Those that can say something about what is judged: a detached signature is on a file and says nothing about a
 * manifest, whatever is written beside it, and the others say nothing about a file. NULL: no memory. */
Signatures *signatures_parse(const Evidence *e);

/* Hashes the document for all detached ones, and writes the digests into the answer, too. */
int signatures_hash(const Evidence *e, Signatures *list, Answer *answer);

/* Takes them from the answer of a worker that had the document; it numbered them in the same order. */
void signatures_take_documents(const Answer *signer, Signatures *list);
