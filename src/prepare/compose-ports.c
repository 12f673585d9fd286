/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the ports of a pod that are to be the host's as well.
 * Never: publishes one because an image wishes it.
 * Follows: App Container spec 0.8.11, pods.md, "ports"; settings/port-setting.h. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/pod-networks.h"
#include "prepare/compose.h"
#include "settings/port-setting.h"

/* By how many ports of apps. */
static size_t count_named(const AppcPod *pod, const char *name) {
        size_t n = 0;

        for (size_t i = 0; i < pod->n_apps; i++)
                for (size_t k = 0; k < pod->apps[i].app->n_ports; k++)
                        n += streq(pod->apps[i].app->ports[k].name, name);

        return n;
}

static int new_target(const PortSetting *s, const char *name, AppcPort **ret) {
        AppcPort *port = calloc(1, sizeof(AppcPort));
        if (!port)
                return -ENOMEM;

        *port = (AppcPort) { .port = s->pod_port, .count = s->count };
        *ret = port; /* the pod's from now on, whole or not */

        int r = str_copy(name, &port->name);
        return r < 0 ? r : str_copy(s->protocol, &port->protocol);
}

/* It has a name in any case: one that no app's port has, if it is asked for by number. */
static int fill(const AppcPod *pod, const PortSetting *s, AppcPodPort *port) {
        port->host_port = s->host_port;
        int r = str_copy(s->host_ip, &port->host_ip);
        if (r < 0)
                return r;

        if (s->name)
                return str_copy(s->name, &port->name);

        r = str_printf(&port->name, "published-%zu", pod->n_ports);
        return r < 0 ? r : new_target(s, port->name, &port->pod_port);
}

static int add(const char *setting, AppcPod *pod, char **reterr_why) {
        _cleanup_port_setting_ PortSetting s = {};

        int r = port_setting_parse(setting, &s, reterr_why);
        if (r < 0)
                return r;

        AppcPodPort *grown = reallocarray(pod->ports, pod->n_ports + 1, sizeof(AppcPodPort));
        if (!grown)
                return -ENOMEM;
        pod->ports = grown;
        grown[pod->n_ports] = (AppcPodPort) {};
        return fill(pod, &s, &grown[pod->n_ports++]);
}

/* A name means one port, or it is said which. */
static int check_names(const AppcPod *pod, char **reterr_why) {
        for (size_t i = 0; i < pod->n_ports; i++) {
                const AppcPodPort *port = &pod->ports[i];
                size_t n = port->pod_port ? 1 : count_named(pod, port->name);

                if (n != 1)
                        return refuse_foreign(
                                        reterr_why,
                                        n == 0 ? "a port is to be published that no app has"
                                               : "a port is to be published that is there more than once",
                                        port->name);
        }

        return 0;
}

/* Each has a target: their names have been checked. */
static HostPorts host_ports(const AppcPod *pod, const AppcPodPort *port) {
        const AppcPort *target = pod_port_target(pod, port);

        return (HostPorts) { port->host_ip, target->protocol, port->host_port, target->count };
}

/* Those of a pod manifest, and those that are asked for by name. */
static int check_host_ports(const AppcPod *pod, char **reterr_why) {
        for (size_t i = 0; i < pod->n_ports; i++)
                for (size_t k = 0; k < i; k++) {
                        HostPorts a = host_ports(pod, &pod->ports[k]), b = host_ports(pod, &pod->ports[i]);

                        if (host_ports_collide(&a, &b))
                                return refuse(reterr_why, -EINVAL,
                                              "two ports are to be port %" PRIu32 " of the host",
                                              MAX(a.first, b.first));
                }

        return 0;
}

/* What nspawn does with a port, who publishes them where no plugin does. */
static int check_for_nspawn(const AppcPod *pod, char **reterr_why) {
        for (size_t i = 0; i < pod->n_ports; i++) {
                const AppcPodPort *port = &pod->ports[i];
                const AppcPort *target = pod_port_target(pod, port);

                if (port->host_ip)
                        return refuse(reterr_why, -EINVAL,
                                      "PublishPort= of one address of the host is for a network of CNI");
                if (!target || (!streq(target->protocol, "tcp") && !streq(target->protocol, "udp")))
                        return refuse(reterr_why, -EINVAL,
                                      "PublishPort= is for tcp and udp in a network of systemd");
        }

        return 0;
}

static int check_for_networks(const PodSettings *s, const AppcPod *pod, char **reterr_why) {
        bool host0 = false;

        if (!s->ports || pod_network_kind(pod) != NETWORK_SYSTEMD)
                return 0;
        STRV_FOREACH(network, s->networks)
                host0 = host0 || network_is_host0(*network);

        return host0 ? check_for_nspawn(pod, reterr_why)
                     : refuse(reterr_why, -EINVAL,
                              "PublishPort= is of no use with Network=%s: the pod has an address there that others reach",
                              s->networks[0]);
}

int compose_ports(const PodSettings *s, AppcPod *pod, char **reterr_why) {
        int r = 0;

        STRV_FOREACH(port, s->ports)
                if (r >= 0)
                        r = add(*port, pod, reterr_why);

        if (r >= 0)
                r = check_names(pod, reterr_why);
        if (r >= 0)
                r = check_host_ports(pod, reterr_why);
        return r < 0 ? r : check_for_networks(s, pod, reterr_why);
}
