/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/caller.h"
#include "registry-client/http.h"

/* How often, and after how long, something is asked again. */
typedef struct Patience {
        const Caller *caller;
        uint64_t left;     /* further attempts */
        uint64_t delay_ms; /* before the next, if the server has no opinion */
} Patience;

Patience patience_new(const Caller *caller, const ClientLimits *limits);

/* To be asked when an attempt has ended with `r` and, if that is not an error, with `answer`. 1 after having
 * waited, if it is worth another; 0 if not; -EPIPE if nobody waits for us any more. `why` is what went wrong
 * with the attempt (may be NULL). */
int patience_again(Patience *p, int r, const HttpResponse *answer, const char *why);
