/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Forks into a PID namespace of its own, of which the child is process 1. `in_my_place`: it is then the child of who started this process.
 * Returns as fork(2), or -errno. */
pid_t pids_fork(bool in_my_place);

/* In the child: shows its processes, and no others, in /proc. 0 or -errno. */
int pids_show(void);
