/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* A file system in memory as a detached mount, without devices and set-user-ID programs: its root is `owner`'s, and all in it has the
 * label, unless that is NULL. `options` are as of
 * --tmpfs= ("size=64m,mode=0700,exec"), or NULL. Returns the fd, or -errno and *reterr_why. */
int memory_tree(uid_t owner, const char *label, const char *options, char **reterr_why);
