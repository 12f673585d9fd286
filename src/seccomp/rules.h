/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/seccomp.h>

#include "basic/blob.h"
#include "basic/macro.h"

/* What a filter is compiled of, before anybody has asked for the numbers of system calls. Actions are the kernel's
 * SECCOMP_RET_* with their datum. */

typedef enum SeccompOperator {
        SECCOMP_NOT_EQUAL,
        SECCOMP_LESS,
        SECCOMP_LESS_EQUAL,
        SECCOMP_EQUAL,
        SECCOMP_GREATER_EQUAL,
        SECCOMP_GREATER,
        SECCOMP_MASKED_EQUAL, /* argument & mask == value */
        _SECCOMP_OPERATOR_MAX,
} SeccompOperator;

typedef struct SeccompCondition {
        unsigned argument; /* 0…5 */
        SeccompOperator operator;
        uint64_t value, mask;
} SeccompCondition;

#define SECCOMP_ARGUMENTS 6U

/* All conditions must hold, at most one for each argument. */
typedef struct SeccompRule {
        char *call; /* by name */
        uint32_t action;
        bool native; /* not for the further architectures */
        SeccompCondition *conditions;
        size_t n_conditions;
} SeccompRule;

typedef struct SeccompRules {
        uint32_t fallback;    /* what happens to any other call */
        char **architectures; /* further than this machine's own, as libseccomp calls them: "x86" */
        SeccompRule *items;
        size_t n, n_allocated;
} SeccompRules;

#define SECCOMP_RULES_MAX 4096U

void seccomp_rules_done(SeccompRules *rules);
#define _cleanup_rules_ _cleanup_(seccomp_rules_done)

/* Appends a copy. 0, -ENOMEM, or -E2BIG beyond SECCOMP_RULES_MAX. */
int seccomp_rules_add(SeccompRules *rules, const SeccompRule *rule);

/* The same without conditions. */
int seccomp_rules_add_call(SeccompRules *rules, uint32_t action, const char *call);

/* Removes all about this call. */
void seccomp_rules_forget(SeccompRules *rules, const char *call);

/* Does the call go on? */
static inline bool seccomp_lets_through(uint32_t action) {
        uint32_t kind = action & SECCOMP_RET_ACTION_FULL;
        return kind == SECCOMP_RET_ALLOW || kind == SECCOMP_RET_LOG;
}

/* One line a rule: the same text is the same filter. */
int seccomp_rules_format(const SeccompRules *rules, Blob *ret);
