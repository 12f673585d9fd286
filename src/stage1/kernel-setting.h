/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* gantry.conf, [KVM] Kernel=: the path of the kernel that virtual machines boot, owned by the caller. NULL: the newest that is
 * suitable in stage1_kernel_directories. */
int kernel_setting_load(char **ret, char **reterr_why);

/* Where hosts have kernels, and their modules; NULL-ended. */
extern const char *const stage1_kernel_directories[];
