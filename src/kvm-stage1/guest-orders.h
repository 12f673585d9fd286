/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kvm-stage1/disks.h"
#include "kvm-stage1/exports.h"

/* Appends to the file, which has the guest's first root, what this pod adds to it: all that the guest is told, and the apps' credentials.
 * They come by nothing that others could ask for: the file is qemu's alone. Logs. */
int guest_orders_write(const Stage *s, Store *store, const Disks *disks, Exports *exports, int fd);
