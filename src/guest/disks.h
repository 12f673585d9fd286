/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/config.h"

/* Mounts the pod's sealed disks, each at DISKS_DIRECTORY/SERIAL, having seen that it is the one that the stage means; the writable one at
 * DISKS_WRITABLE, or else a file system in memory. 0, or -errno and *reterr_why. */
#define DISKS_DIRECTORY "/disks"
#define DISKS_WRITABLE "/rw"
int disks_mount(const GuestConfig *c, char **reterr_why);
