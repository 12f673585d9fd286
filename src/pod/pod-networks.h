/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"

/* The networks that a pod asks to be in: "NAME" or "NAME:KEY=VALUE;…", what is behind the colon for the plugins. Empty for a pod that has none
 * or the host's. */
int pod_networks(const AppcPod *pod, char ***ret);
bool pod_has_networks(const AppcPod *pod);

/* The same for a list of settings, before there is a pod. */
bool networks_are_named(char *const *networks);

/* What of the pod's port is the app's: declared by one of the apps, or by the pod. NULL: nobody knows it. Borrowed. */
const AppcPort *pod_port_target(const AppcPod *pod, const AppcPodPort *port);
