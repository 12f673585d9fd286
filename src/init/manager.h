/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

/* What gantry-init tells the systemd that has started it, in a pod that boots. */

/* Before anything that is to be told: opens the way, which stays usable whatever is given up. 0 or -errno. */
int manager_open(void);

/* `pid`, a child of that systemd, is the service from now on. */
int manager_tell_main(pid_t pid);

/* The app runs. */
void manager_tell_ready(void);
