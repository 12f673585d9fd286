/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "guest/config.h"

/* Cgroups of the guest: one below the root, in which all is that is not the agent. Both return an fd of it. */

/* Of an app that is alone, with its limits. 0 or -errno and *reterr_why. */
int cgroup_make_app(const GuestApp *app, char **reterr_why);

/* Of a systemd, which may use all controllers. */
int cgroup_make_system(void);

/* The number of the app that a process is of, in a pod that boots, by the service that it is in. -ESRCH: of none, or it has gone. */
int cgroup_find_app(const GuestConfig *c, pid_t pid);

/* The cgroup that a process is in; and where it is said what happened to it for lack of memory: -ENOENT if its memory is not counted. */
int cgroup_open(pid_t pid);
int cgroup_open_memory_events(pid_t pid);

/* How many processes were killed for lack of memory: by such a file, or in the whole guest if it is -EBADF. */
uint64_t cgroup_count_kills(int events_fd);
