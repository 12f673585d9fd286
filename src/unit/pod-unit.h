/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"
#include "unit/state.h"

/* The unit of a pod, for the tools that look at it and stop it. These log nothing. */

typedef struct PodUnit {
        char *name;   /* "gantry-web.service" */
        char *socket; /* of the same name, which starts it; or NULL */
        bool busy;    /* it runs, or is about to */
        bool same;    /* it starts this pod again; the unit of a .pod file makes a new one each time */
        UnitState state;
} PodUnit;

void pod_unit_done(PodUnit *u);
#define _cleanup_pod_unit_ _cleanup_(pod_unit_done)

/* -ENOENT: the unit is not loaded, or is by now another pod's of the same name. */
int pod_unit_get(Manager *m, const PodDir *p, PodUnit *ret, char **reterr_why);

/* "running", "about to be started again", …; NULL: nothing happens to it. */
const char *pod_unit_describe(const PodUnit *u);

/* The same, unless the pod could go before it happens. */
const char *pod_unit_needs_pod(const PodUnit *u);

/* Has the unit stopped for good, its socket first, so that nothing starts it again. With `force` its processes are killed at
 * once. Does not wait. */
int pod_unit_stop(Manager *m, const PodUnit *u, bool force, char **reterr_why);

/* Waits for that. What has not ended after the timeout is killed. */
int pod_unit_wait_end(Manager *m, const PodUnit *u, uint64_t timeout_usec, char **reterr_why);
