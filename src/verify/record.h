/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "verify/judge.h"

/* Writing down and telling what was decided. */

/* verdict.json's text. `rule` is the one that decided. */
int record_format(const Digest *id, const char *reference, const char *name, const Rule *rule,
                  const Answer *answer, Blob *ret);

/* One entry in the journal, with a MESSAGE_ID. A host without journal does without. */
void record_log(const char *reference, const char *name, const Rule *rule, const Answer *answer);

/* The line for a refusal: what, why, and what to do. Returns -EACCES. */
int record_refuse(const char *reference, const Answer *answer);

/* The line for an admission, on stdout. */
void record_print(const char *reference, const Rule *rule, const Answer *answer);
