/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/running-app.h"

/* How the app has ended that a pod's exit status is of. */
typedef struct PodEnd {
        InitStatus last; /* its last report; event 0: there was none */
        bool out_of_memory;
} PodEnd;

/* What the exit status of a pod is whose apps (as many as the stage has) have all ended: that of the app that decides by ANNOTATION_END,
 * else of the one that failed first, else 0. `stopped`: it was asked to end. */
int pod_status(const Stage *s, const RunningApp *apps, bool stopped, PodEnd *ret);
