/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a pod's manifest says of networks and ports.
 * Never: knows whether there is such a network.
 * Follows: pod/annotations.h; App Container spec 0.8.11, pods.md, "ports". */

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/pod-networks.h"

NetworkKind networks_kind(char *const *networks) {
        return networks ? network_kind(networks[0]) : NETWORK_NONE;
}

bool networks_are_named(char *const *networks) {
        return networks_kind(networks) == NETWORK_CNI;
}

NetworkKind pod_network_kind(const AppcPod *pod) {
        const char *networks = pairs_get(&pod->annotations, ANNOTATION_NETWORK);
        return networks ? network_kind(networks) : NETWORK_NONE;
}

bool pod_has_networks(const AppcPod *pod) {
        return pod_network_kind(pod) == NETWORK_CNI;
}

static int list_of_kind(const AppcPod *pod, NetworkKind kind, char ***ret) {
        if (pod_network_kind(pod) == kind)
                return annotation_list(&pod->annotations, ANNOTATION_NETWORK, ret);

        *ret = NULL;
        return 0;
}

int pod_networks(const AppcPod *pod, char ***ret) {
        return list_of_kind(pod, NETWORK_CNI, ret);
}

int pod_systemd_networks(const AppcPod *pod, char ***ret) {
        return list_of_kind(pod, NETWORK_SYSTEMD, ret);
}

const char *pod_network_pod(const AppcPod *pod) {
        const char *network = pairs_get(&pod->annotations, ANNOTATION_NETWORK);
        return network ? network_pod(network) : NULL;
}

const AppcPort *pod_port_target(const AppcPod *pod, const AppcPodPort *port) {
        if (port->pod_port)
                return port->pod_port;

        for (size_t i = 0; i < pod->n_apps; i++) {
                const AppcApp *app = pod->apps[i].app;

                for (size_t k = 0; app && k < app->n_ports; k++)
                        if (streq(app->ports[k].name, port->name))
                                return &app->ports[k];
        }

        return NULL;
}

bool host_ports_collide(const HostPorts *a, const HostPorts *b) {
        return (!a->address || !b->address || streq(a->address, b->address)) &&
               streq(a->protocol, b->protocol) && a->first < b->first + b->count &&
               b->first < a->first + a->count;
}
