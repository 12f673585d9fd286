/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* How much of the host a virtual machine gets. A pod's limits are kept in the guest, where its apps are; the machine is larger by what
 * its kernel takes, and the unit on the host by what qemu takes besides. */

/* `properties` as in ANNOTATION_UNIT_PROPERTIES, what the pod was given; `host` is the memory of the host, in bytes. */
uint64_t machine_memory(char *const *properties, uint64_t host);

/* How many processors it takes to use what the pod was given, of `host` that there are. */
unsigned machine_cpus(char *const *properties, unsigned host);

/* Makes of them those that the unit on the host has. */
int machine_unit_properties(char ***properties);
