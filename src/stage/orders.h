/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* Makes the directory that the pod sees as INIT_DIRECTORY (pod/init-config.h): gantry-init, what it is told, which the
 * pod's root alone may read, for the environment is in it, and the filter of system calls. `gantry exec` finds the orders as
 * apps/APP/init. 0 or -errno. Logs. */
int orders_make(StageApp *a);
