/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "policy/policy.h"

/* Takes one file with that key out of the rule. Returns 1 if it did, 0 if there is none, or -errno. Logs. */
int key_removal_run(const Policy *policy, const Rule *rule, const char *fingerprint);
