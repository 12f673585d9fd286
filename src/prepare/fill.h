/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"
#include "prepare/app.h"

/* Fills the directory of a pod that is being prepared: pod.json, the profile of its system calls; and makes the named
 * volumes that it is the first to ask for. The app's manifest is spent by it. */
int fill_pod(Store *s, const PodSettings *settings, App *app, const PodDir *p, char **reterr_why);
