/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#define CAPABILITY(name) (UINT64_C(1) << CAP_##name)

/* What no program that this process executes can have any more. A process that may not change its bounding set keeps it: without new
 * privileges it is nothing but a number. */
int capability_bound(uint64_t keep);

/* What this process cannot have any more, nor can what it executes. It must have no_new_privs. */
int capability_limit(uint64_t keep);
