/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* gantry-init as a process of the host's, in the app's root, with these fds and no others. */
typedef struct FlyChild {
        const StageApp *app; /* whose root has been put together */
        int in, out, err;    /* its streams; `in` may be -EBADF: nothing */
        int status;          /* what it reports over */
        int cgroup;          /* where it goes, or -EBADF */
} FlyChild;

int fly_child_start(const FlyChild *c, pid_t *ret);
