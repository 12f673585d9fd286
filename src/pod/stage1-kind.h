/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"

/* What isolates a pod: "nspawn", "kvm" or "fly". */
const char *pod_stage1(const AppcPod *pod);

/* Is that nothing? It has a root of its own, and all else is the host's. */
bool pod_flies(const AppcPod *pod);

/* The properties of the unit of a pod, as it wants them for that (NULL: the default). */
int stage1_unit_properties(const char *stage1, char ***properties);
