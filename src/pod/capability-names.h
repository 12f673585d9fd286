/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/capability.h>

#include "basic/macro.h"

/* Capabilities by their names, and what an app has of them if nothing is said. */

#define CAPABILITY_BIT(capability) (UINT64_C(1) << (capability))

/* What appc and Docker leave an app; nspawn would leave it more. */
#define CAPABILITIES_DEFAULT                                                                                \
        (CAPABILITY_BIT(CAP_AUDIT_WRITE) | CAPABILITY_BIT(CAP_CHOWN) | CAPABILITY_BIT(CAP_DAC_OVERRIDE) |   \
         CAPABILITY_BIT(CAP_FOWNER) | CAPABILITY_BIT(CAP_FSETID) | CAPABILITY_BIT(CAP_KILL) |               \
         CAPABILITY_BIT(CAP_MKNOD) | CAPABILITY_BIT(CAP_NET_BIND_SERVICE) | CAPABILITY_BIT(CAP_NET_RAW) |   \
         CAPABILITY_BIT(CAP_SETFCAP) | CAPABILITY_BIT(CAP_SETGID) | CAPABILITY_BIT(CAP_SETPCAP) |           \
         CAPABILITY_BIT(CAP_SETUID) | CAPABILITY_BIT(CAP_SYS_CHROOT))
#define CAPABILITIES_ALL (CAPABILITY_BIT(CAP_LAST_CAP + 1) - 1)

/* "CAP_CHOWN" or "CHOWN": its number, or -EINVAL. */
int capability_from_name(const char *name);

/* "CAP_CHOWN"; NULL beyond CAP_LAST_CAP. */
const char *capability_name(unsigned capability);
