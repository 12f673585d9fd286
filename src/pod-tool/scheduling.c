/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: having the calling process scheduled as another one is.
 * Never: touches that other one.
 * Follows: sched_setscheduler(2), setpriority(2), sched_setaffinity(2), ioprio_set(2). */

#include <errno.h>
#include <linux/ioprio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pod-tool/scheduling.h"

/* -1 is a nice value like others. */
static int read_nice(pid_t pid, int *ret) {
        errno = 0;
        *ret = getpriority(PRIO_PROCESS, pid);
        return -errno;
}

int scheduling_read(pid_t pid, Scheduling *ret) {
        Scheduling s = { .policy = sched_getscheduler(pid) };

        if (s.policy < 0 || sched_getparam(pid, &s.parameter) < 0 ||
            sched_getaffinity(pid, sizeof(s.affinity), &s.affinity) < 0)
                return -errno;
        s.io = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid);
        if (s.io < 0)
                return -errno;
        int r = read_nice(pid, &s.nice);
        if (r < 0)
                return r;

        *ret = s;
        return 0;
}

int scheduling_take(const Scheduling *s) {
        if (sched_setscheduler(0, s->policy, &s->parameter) < 0 ||
            setpriority(PRIO_PROCESS, 0, s->nice) < 0 ||
            sched_setaffinity(0, sizeof(s->affinity), &s->affinity) < 0 ||
            syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, s->io) < 0)
                return -errno;

        return 0;
}
