/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"
#include "policy/policy.h"

typedef struct TrustArguments {
        const char *prefix, *require, *signed_name, *threshold, *enforce, *allow_stage1;
        char **fingerprints;
        bool yes, allow_http;
        char **files; /* what follows the verb */
        int agent;    /* registry/credential-agent.h; of trust_add() only */
} TrustArguments;

/* One a verb; they log. 0 or -errno. */
int trust_add(const TrustArguments *a);
int trust_list(const TrustArguments *a);
int trust_rm(const TrustArguments *a);
int trust_check(const TrustArguments *a);

/* The rules as they are now; broken ones are not complained of. Logs. */
int trust_load(Policy *ret);
