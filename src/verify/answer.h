/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trust/judge.h"

/* What a worker answers: plain bytes. */
typedef struct Answer {
        TrustRecord record;
        char name[300];      /* of an ACI: "aci:NAME", as its manifest says */
        char reference[300]; /* of an ACI: "aci:NAME[:version]" */
        uint32_t n_documents;
        struct {
                uint32_t file; /* number of the signature's file */
                uint32_t known;
                OpenPgpDigest digest;
        } documents[TRUST_SIGNATURES_MAX]; /* of an ACI: per signature packet, what it signs */
} Answer;

/* Makes one that came out of a worker fit for its parent, who has privileges and prints and stores what is in it:
 * numbers are within what they count, of which there were `n_signatures` files, texts end and are fit for a terminal.
 * 0, or -EBADMSG if no worker of ours wrote it. */
int answer_check(Answer *answer, size_t n_signatures);
