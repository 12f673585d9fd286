/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "unit/manager.h"

#define UNIT_NO_NUMBER UINT64_MAX /* none is known, or there is no limit */

/* What the manager says of a unit at this moment. */
typedef struct UnitState {
        char *active, *sub; /* "active", "running" */
        char *status_text;  /* what the app says of itself; "" if nothing */
        char *cgroup;       /* "/machine.slice/gantry-web.service"; "" if there is none */
        char **triggers;    /* sockets and timers that start it */
        char **log_fields;  /* "POD_UUID=…", … */
        char invocation[33];
        uint64_t memory, memory_max, memory_high; /* bytes */
        uint64_t cpu_nsec, cpu_quota_usec;        /* spent; for each second */
        uint64_t tasks, tasks_max;
        uint32_t restarts;
        uint32_t job; /* that waits or is at work; 0: none */
} UnitState;

void unit_state_done(UnitState *s);
#define _cleanup_unit_state_ _cleanup_(unit_state_done)

/* -ENOENT: it is not loaded. */
int unit_state_get(Manager *m, const char *name, UnitState *ret, char **reterr_why);
