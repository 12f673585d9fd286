/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"
#include "pod/network-kind.h"

/* All networks of a pod are of one kind. */
NetworkKind pod_network_kind(const AppcPod *pod);

/* The networks of plugins that a pod asks to be in: "NAME" or "NAME:KEY=VALUE;…", what is behind the colon for the plugins. Empty for a pod that
 * has none of these. */
int pod_networks(const AppcPod *pod, char ***ret);
bool pod_has_networks(const AppcPod *pod);

/* Those that nspawn makes: "veth", "zone:NAME", … */
int pod_systemd_networks(const AppcPod *pod, char ***ret);

/* The name of the pod in whose network it is; NULL: it is in none. Borrowed. */
const char *pod_network_pod(const AppcPod *pod);

/* The same for a list of settings, before there is a pod. */
NetworkKind networks_kind(char *const *networks);
bool networks_are_named(char *const *networks);

/* What of the pod's port is the app's: declared by one of the apps, or by the pod. NULL: nobody knows it. Borrowed. */
const AppcPort *pod_port_target(const AppcPod *pod, const AppcPodPort *port);

/* What a published port takes of the host; no `address` is every address. Borrowed. */
typedef struct HostPorts {
        const char *address, *protocol;
        uint32_t first, count;
} HostPorts;

/* Can only one of the two have its own? */
bool host_ports_collide(const HostPorts *a, const HostPorts *b);
