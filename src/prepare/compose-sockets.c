/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what systemd listens on for the apps of a pod.
 * Never: has the host listen because an image wants it: whoever runs it says where.
 * Follows: App Container spec 0.8.11, pods.md, "ports"; aci.md, "socketActivated"; systemd.socket(5). */

#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "prepare/compose.h"

const AppcPodPort *pod_port_of(const AppcPod *pod, const AppcPort *port) {
        for (size_t i = 0; i < pod->n_ports && port->socket_activated; i++)
                if (streq(pod->ports[i].name, port->name))
                        return &pod->ports[i];

        return NULL;
}

static int add_port(const AppcPodPort *at, const AppcPort *port, char ***sockets) {
        const char *ip = at->host_ip ? at->host_ip : "",
                   *kind = streq(port->protocol, "udp") ? "Datagram" : "Stream";
        bool brackets = strchr(ip, ':');
        int r = 0;

        for (uint32_t i = 0; i < port->count && at->host_port + i <= UINT16_MAX && r >= 0; i++)
                r = strv_addf(sockets, "Listen%s=%s%s%s%s%u", kind, brackets ? "[" : "", ip,
                              brackets ? "]" : "", ip[0] ? ":" : "", at->host_port + i);

        return r;
}

static int add_ports(const AppcPod *pod, const AppcPodApp *app, char ***sockets) {
        int r = 0;

        for (size_t i = 0; i < app->app->n_ports && r >= 0; i++) {
                const AppcPort *port = &app->app->ports[i];
                const AppcPodPort *at = pod_port_of(pod, port);

                if (at)
                        r = add_port(at, port, sockets);
                else if (port->socket_activated && !*sockets)
                        log_warning("App '%s' expects a socket for its port %u, which nobody listens on; see --socket=",
                                    app->name, port->port);
        }

        return r;
}

int compose_sockets(const PodSettings *s, AppcPod *pod) {
        _cleanup_strv_ char **all = NULL;

        int r = strv_add_all(&all, s->sockets);
        for (size_t i = 0; i < pod->n_apps && r >= 0; i++) {
                _cleanup_strv_ char **sockets = NULL;

                r = strv_add_all(&sockets, s->apps[i]->sockets);
                if (r >= 0)
                        r = add_ports(pod, &pod->apps[i], &sockets);
                if (r >= 0 && pod->n_apps > 1)
                        r = annotate_list(&pod->apps[i].annotations, ANNOTATION_SOCKETS, sockets);
                if (r >= 0)
                        r = strv_add_all(&all, sockets);
        }

        return r < 0 ? r : annotate_list(&pod->annotations, ANNOTATION_SOCKETS, all);
}
