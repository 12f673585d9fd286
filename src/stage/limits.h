/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "stage/stage.h"

/* Gives the process what an app may have that is more than the pod's systemd may give: its resource limits, and what the kernel is to
 * spare it when memory is short. Here it can be done: for the owner of the host. What the kernel refuses even so stays as near to it as
 * that systemd got. */
void limits_apply(const AppcPodApp *app, pid_t pid);

/* What the kernel is to spare: this process, and so all that it starts, if the pod has one app; what is in a user namespace of its own may
 * not make itself important. Logs. */
int limits_take_oom_score(const StageApp *a);
