/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a pod's manifest says of networks and ports.
 * Never: knows whether there is such a network.
 * Follows: pod/annotations.h; App Container spec 0.8.11, pods.md, "ports". */

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/pod-networks.h"

static bool is_named(const char *network) {
        return !streq(network, "none") && !streq(network, "host");
}

bool networks_are_named(char *const *networks) {
        return networks && is_named(networks[0]);
}

bool pod_has_networks(const AppcPod *pod) {
        const char *networks = pairs_get(&pod->annotations, ANNOTATION_NETWORK);
        return networks && is_named(networks);
}

int pod_networks(const AppcPod *pod, char ***ret) {
        if (pod_has_networks(pod))
                return annotation_list(&pod->annotations, ANNOTATION_NETWORK, ret);

        *ret = NULL;
        return 0;
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
