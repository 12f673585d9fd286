/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sched.h>
#include <sys/types.h>

/* When a process gets a processor and a disk: what Nice=, CPUSchedulingPolicy=, CPUAffinity= and IOSchedulingClass= of its unit have made
 * of it, and what has been changed since. */
typedef struct Scheduling {
        int policy, nice, io;
        struct sched_param parameter;
        cpu_set_t affinity;
} Scheduling;

int scheduling_read(pid_t pid, Scheduling *ret);

/* Makes it that of the calling process. */
int scheduling_take(const Scheduling *s);
