/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Programs of others that a virtual machine takes. */
typedef enum MachineTool {
        MACHINE_QEMU,
        MACHINE_VIRTIOFSD,
        MACHINE_MKFS, /* of ext4 */
} MachineTool;

/* Its path, which differs from distribution to distribution. -ENOENT: this host has none; *reterr_why says what to install. */
int machine_tool_find(MachineTool tool, char **ret, char **reterr_why);
