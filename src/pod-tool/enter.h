/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include "basic/macro.h"
#include "pod-tool/scheduling.h"

/* The way into a running pod, for one more process of it. */
typedef struct Entrance {
        int pidfd;   /* the pod's process 1 */
        int root;    /* its root … */
        int init;    /* … and in there gantry-init, as the pod was started with */
        int cgroup;  /* cgroup.procs of its cgroup */
        char *label; /* what it is to SELinux; NULL: nothing that could be told from other processes */
        bool has_user_namespace;
        int oom_score_adj;
        Scheduling scheduling;
        struct rlimit limits[RLIM_NLIMITS];
} Entrance;

/* Finds the way by the pod's process 1, which is one of its unit, and has a label that is the pod's if it is `labelled`. -ESRCH: it is not, so the
 * pod has ended meanwhile. */
int entrance_open(pid_t leader, const char *unit, bool labelled, Entrance *ret);
void entrance_done(Entrance *e);
#define _cleanup_entrance_ _cleanup_(entrance_done)

/* Forks a child that is in the pod's PID namespace, and a session of its own, but not yet in the pod; nobody in there may look at it. */
pid_t entrance_fork(const Entrance *e);

/* Takes the calling process, such a child, into the pod: its cgroup, its limits, its share of the processor, its namespaces, as its root with all capabilities. */
int entrance_enter(const Entrance *e);

/* Becomes gantry-init, with these as the standard streams and its orders (pod/init-config.h) on an fd. Nothing else of the caller's goes
 * with it: no fd, no environment. Returns -errno. */
int entrance_execute(const Entrance *e, const int streams[static 3], int orders);

/* Whether the pod has ended, or does so in the next moment. */
bool entrance_is_closed(const Entrance *e);
