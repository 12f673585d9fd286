/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"

/* Adds what binds the pod's unit to that of the pod in whose network it is to be, if it is to be in one's. -ENOENT and *reterr_why: that one does
 * not run. */
int other_pod_bind(const AppcPod *pod, char ***properties, char **reterr_why);
