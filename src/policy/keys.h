/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "policy/policy.h"

/* Reads the key files of a rule, of which those in its directories are added to it. What is wrong with them
 * breaks the rule. 0 or -ENOMEM. */
int policy_load_keys(Policy *p, Rule *rule);
