/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/oci.h"

#define REFERRERS_MAX 256U

typedef struct Referrer {
        Digest digest;
        uint64_t size;
        bool is_claimed; /* the list says whose signature it is, not only what it is */
} Referrer;

/* Manifests that are said to hold signatures of something. Nobody vouches for such a list: neither for what is in it nor
 * for what is not. */
typedef struct Referrers {
        Referrer items[REFERRERS_MAX];
        size_t n;
        size_t n_unnamed; /* of them, those of which the list does not say what they are */
        bool full;        /* there were more than we look at */
} Referrers;

/* Adds what may be a signature: entries that say so and, if the list is one of referrers (`is_claimed`), some that say
 * nothing. */
void referrers_add(Referrers *r, const OciIndex *index, bool is_claimed);
