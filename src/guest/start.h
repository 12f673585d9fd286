/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/app.h"

/* Starts the only app of a pod, whose gantry-init is process 1 of its own. 0, or -errno and *reterr_why. */
int start_alone(App *a, int cgroup_fd, Link *l, char **reterr_why);
