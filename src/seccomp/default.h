/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "seccomp/rules.h"

/* What an app with these capabilities (a mask of CAPABILITY_BIT()) may call if nobody says otherwise: an allow-list, EPERM
 * for the rest. `rules` is empty before. 0 or -errno. */
int seccomp_default(uint64_t capabilities, SeccompRules *rules);
