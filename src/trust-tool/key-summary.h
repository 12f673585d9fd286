/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/macro.h"

/* What there is to tell of a key file; found out by a worker, for the file may come from anywhere. */
typedef struct KeySummary {
        bool usable, openpgp, revoked;
        char why[256]; /* not usable: why */
        char fingerprint[80], algorithm[24];
        char user_ids[1024];       /* a line each, escaped */
        uint64_t created, expires; /* seconds since 1970; 0: not said, never */
} KeySummary;

int key_summarize(const Blob *file, KeySummary *ret);

/* Fingerprints are typed with blanks and in either case. */
bool key_same_fingerprint(const char *typed, const char *real);

bool key_has_expired(const KeySummary *s);

#define KEY_DATE_MAX 16U
void key_format_date(uint64_t seconds, char ret[static KEY_DATE_MAX]); /* "2027-01-31" */

/* "valid", "expires 2027-01-31", "expired 2024-01-31", "revoked" or "unusable: …". */
int key_describe_validity(const KeySummary *s, char **ret);
