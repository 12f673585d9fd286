/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/macro.h"

/* What there is to tell of a key file; found out by a worker, for the file may come from anywhere. */
typedef struct KeySummary {
        bool valid, openpgp, revoked;
        char why[256]; /* not valid: why */
        char fingerprint[80], algorithm[24], user_id[256];
        uint64_t created, expires; /* seconds since 1970; 0: not said, never */
} KeySummary;

int key_summarize(const Blob *file, KeySummary *ret);
