/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/json.h"
#include "verify/judge.h"

/* Writing down and telling what was decided. */
typedef struct Judged {
        const char *reference;    /* as asked for, or as an ACI's manifest has it */
        const char *name;         /* as the rules see it; NULL: not known */
        const Digest *id;         /* of the image; NULL: not known */
        const Rule *rule;         /* NULL: none, or not known */
        const Evidence *evidence; /* where its signatures come from */
        const Answer *answer;
} Judged;

/* verdict.json, and what --json= shows: all that was decided and why. */
int record_json(const Judged *j, Json **ret);

/* What is refused, or would be, and what is let through unseen, is written down each time. */
bool record_is_worth_logging(const Judged *j);

/* One entry in the journal, with a MESSAGE_ID. A host without journal does without. */
void record_log(const Judged *j);

/* The line for a refusal: what, why, and what to do. Returns -EACCES. */
int record_refuse(const Judged *j);

/* The same as one line of JSON or several, as --json= asks. Logs. */
int record_print_json(const Judged *j);

/* The lines for people, on stdout: the rule, each signature that was tried, the verdict. Logs if nobody can be told. */
int record_print(const Judged *j);
