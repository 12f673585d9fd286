/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* The unit's cgroup, which systemd has given to the pod. Where there is none of the unified tree, none of this does anything. */

/* Opens the cgroup of this process. -ENODATA: it has none. */
int cgroup_open(void);

/* Moves this process below it, to where nspawn goes, too: a cgroup with processes of its own cannot give those below it a share of
 * anything. */
int cgroup_leave(int cgroup_fd);

/* Back, for nspawn expects to begin there. */
int cgroup_enter(int cgroup_fd);

/* What happened to the memory of the cgroup that the process is in, for memory_ran_out(). Returns an fd. */
int cgroup_open_memory_events(pid_t pid);

/* Has the kernel killed a process of it for want of memory? Takes any fd, also none. */
bool cgroup_memory_ran_out(int events_fd);
