/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"
#include "prepare/app.h"

/* Fills the directory of a pod that is being prepared: pod.json, the profiles of system calls; and makes the named volumes that it
 * is the first to ask for. The manifest's apps are as compose_pod() wants them, and it completes them. */
int fill_pod(Store *s, const PodSettings *settings, AppcPod *pod, const PodDir *p, char **reterr_why);
