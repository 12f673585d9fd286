/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"

/* What of a pod's isolation has been switched off or widened, in words for people: "seccomp", "host network",
 * "CAP_SYS_ADMIN". NULL if nothing. 0, -ENOMEM, or -EINVAL for a manifest that names capabilities which are none. */
int pod_relaxations(const AppcPod *pod, char ***ret);
