/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"
#include "pod/pod-dir.h"

/* The fields that each of the pod's entries in the journal has, as properties of its unit: "LogExtraFields=POD_UUID=…", … strv,
 * owned by the caller. */
int pod_log_fields(const PodDir *p, const AppcPod *pod, char ***ret);
