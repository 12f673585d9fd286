/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"
#include "pod/pod-dir.h"

/* The manifest in the pod's directory, as appc_pod_parse() gives it. -ENOENT: a pod that is being prepared has none yet. */
int pod_manifest_read(const PodDir *p, AppcPod **ret, char **reterr_why);
