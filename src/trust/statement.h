/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trust/claim.h"

/* Reads an in-toto statement whose signature has been verified: does it say that a container image was
 * signed, and is that one of those wanted? 0 and the number of the digest, -EPERM and a text in *reterr_why
 * (may be NULL) if it is about something else, or -ENOMEM. The image's name is not in a statement, so that
 * nothing satisfies RULE_SIGNED_NAME_EXACT; a rule for a repository is satisfied by its keys alone. */
int statement_check(Cursor payload, const ClaimWanted *wanted, size_t *ret_digest, char **reterr_why);
