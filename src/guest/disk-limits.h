/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/config.h"

/* Has the pod's systemd limit what an app reads and writes of the disks that its root is made of: in a drop-in of its service. */
int disk_limits_write(const GuestConfig *c, const GuestApp *app);
