/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"
#include "store/store.h"

/* In the place, for a pod that boots, beside "apps", which it sees as SERVICE_APPS. */
#define BOOT_UNITS "units"
#define BOOT_MACHINE_ID "machine-id"

/* Where the pod's root will be: sets `root`. */
int boot_root(Stage *s);

/* Mounts the systemd that the pod boots, which becomes its root, and writes the units of its apps, which have been put together.
 * Logs. */
int boot_make(Stage *s, Store *store);
