/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "policy/policy.h"
#include "trust-tool/findings.h"

/* What there is to say about the keys of a rule that is not broken. 0 or -errno. */
int check_keys(Findings *f, const Policy *policy, const Rule *rule);
