/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What a 401 answer asks for. Absent parameters are NULL. */
typedef struct Challenge {
        char *realm, *service, *scope;
} Challenge;

void challenge_done(Challenge *c);

/* Finds the first challenge of `scheme` ("Bearer") in the value of WWW-Authenticate (several headers are
 * joined with ", "). Returns 1 if there is one, 0 if not, -EBADMSG and *reterr_why (may be NULL) if the
 * header is not what RFC 9110 allows, even in challenges of other schemes. */
int challenge_find(const char *header, const char *scheme, Challenge *ret, char **reterr_why);
