/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

/* What SELinux keeps a pod's processes and files apart from those of others by: a level, "s0:c3,c600". It is one sensitivity and two categories,
 * always, so that none is above another's. That of a pod follows from its range of user ids, which nobody else has: the second category is
 * c512 or more then. Those with two below that are for who asks for one. */
#define POD_LEVEL_MAX 16

/* `uid_base` is a range that a pod can have. */
void pod_level_of_range(uid_t uid_base, char ret[static POD_LEVEL_MAX]);

/* One that may be asked for, spelt as it is kept: the lower category first. -EINVAL if it is none. */
int pod_level_parse(const char *text, char ret[static POD_LEVEL_MAX]);
