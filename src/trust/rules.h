/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trust/rule.h"

/* The rules of all files. */
typedef struct RuleSet RuleSet;

int rule_set_new(RuleSet **ret);
RuleSet *rule_set_free(RuleSet *set);
DEFINE_CLEANUP(RuleSet, rule_set_free)
#define _cleanup_rule_set_ _cleanup_(rule_set_freep)

/* Adds a rule that is complete, or broken. If an earlier one has the same prefix, nobody knows which was
 * meant: both are broken then. 0 or -ENOMEM; the rule is the set's from then on, also if that fails. */
int rule_set_add(RuleSet *set, Rule *taken);

/* The rule that governs `name` (see reference_name(); appc names begin with "aci:"): a broken one over
 * everything first, else the longest prefix of whole components, "*" being the shortest, and of two of the
 * same length that for appc images alone. NULL if there is none. */
const Rule *rule_set_match(const RuleSet *set, const char *name);

/* All of them, in the order they were added. NULL behind the end. */
const Rule *rule_set_at(const RuleSet *set, size_t i);
