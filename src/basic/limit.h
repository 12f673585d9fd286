/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/resource.h>

#include "basic/macro.h"

/* A resource limit as text: "NOFILE=1024:2048", soft and hard, or "NOFILE=1024" for both; "infinity" is none. -EINVAL: it is none. */
int limit_parse(const char *text, int *ret_resource, struct rlimit *ret);

/* Sets all of this process, in the order of their numbers, though none higher than it may. */
int limits_set(const struct rlimit limits[static RLIM_NLIMITS]);
