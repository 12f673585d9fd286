/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: from a pod's ports to what plugins publish, and what stands in the way of that.
 * Never: keeps a port: plugins do, with rules that go before any socket.
 * Follows: https://github.com/containernetworking/cni/blob/main/CONVENTIONS.md, "portMappings"; pod/pod-networks.h. */

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "network/port-mappings.h"
#include "network/port-user.h"
#include "pod/pod-networks.h"

static int add_mapping(const AppcPodPort *port, const AppcPort *target, uint32_t i, Json *list) {
        _cleanup_json_ Json *m = json_new_object();

        int r = m ? json_set_int(m, "hostPort", port->host_port + i) : -ENOMEM;
        if (r >= 0)
                r = json_set_int(m, "containerPort", target->port + i);
        if (r >= 0)
                r = json_set_string(m, "protocol", target->protocol);
        if (r >= 0)
                r = json_set_string(m, "hostIP", port->host_ip);

        return r < 0 ? r : json_append(list, TAKE_PTR(m));
}

static int add_mappings(const AppcPod *pod, const AppcPodPort *port, Json *list, char **reterr_why) {
        const AppcPort *target = pod_port_target(pod, port);
        int r = 0;

        if (!target)
                return refuse_foreign(reterr_why, "a port that no app has", port->name);
        if (target->socket_activated)
                return 0;
        if (port->host_port + target->count - 1 > UINT16_MAX)
                return refuse_foreign(reterr_why, "a port that would be beyond 65535 on the host",
                                      port->name);
        for (uint32_t i = 0; r >= 0 && i < target->count; i++)
                r = add_mapping(port, target, i, list);

        return r;
}

int port_mappings_make(const AppcPod *pod, Json **ret, char **reterr_why) {
        _cleanup_json_ Json *list = json_new_array();
        int r = list ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < pod->n_ports; i++)
                r = add_mappings(pod, &pod->ports[i], list, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

static uint16_t port_of(const Json *mapping) {
        uint64_t port = 0;

        (void) json_uint(json_get(mapping, "hostPort"), &port);
        return port;
}

static const char *text_of(const Json *mapping, const char *key) {
        const char *text = json_get_text(mapping, key);
        return text ? text : "";
}

static HostPorts host_ports(const Json *mapping) {
        const char *ip = text_of(mapping, "hostIP");

        return (HostPorts) { ip[0] ? ip : NULL, text_of(mapping, "protocol"), port_of(mapping), 1 };
}

static bool collide(const Json *a, const Json *b) {
        HostPorts of_a = host_ports(a), of_b = host_ports(b);

        return host_ports_collide(&of_a, &of_b);
}

const Json *port_mappings_find_common(const Json *a, const Json *b) {
        for (size_t i = 0; i < json_length(a); i++)
                for (size_t k = 0; k < json_length(b); k++)
                        if (collide(json_at(a, i), json_at(b, k)))
                                return json_at(a, i);

        return NULL;
}

int port_mapping_describe(const Json *mapping, char **ret) {
        const char *ip = text_of(mapping, "hostIP");
        bool brackets = strchr(ip, ':');

        return str_printf(ret, "%s%s%s%s%u/%s", brackets ? "[" : "", ip, brackets ? "]" : "",
                          ip[0] ? ":" : "", port_of(mapping), text_of(mapping, "protocol"));
}

static int try_bind(int type, const struct sockaddr *address, socklen_t size) {
        int on = 1, v6 = address->sa_family == AF_INET6;

        _cleanup_close_ int fd = socket(address->sa_family, type | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        /* Connections that have ended are in nobody's way. */
        if (type == SOCK_STREAM)
                (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (v6)
                (void) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
        if (bind(fd, address, size) < 0)
                return -errno;

        return type == SOCK_STREAM && listen(fd, 1) < 0 ? -errno : 0;
}

static int try_ipv4(int type, const char *ip, uint16_t port) {
        struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

        if (ip[0] && inet_pton(AF_INET, ip, &in.sin_addr) != 1)
                return 0;
        return try_bind(type, (const struct sockaddr *) &in, sizeof(in));
}

static int try_ipv6(int type, const char *ip, uint16_t port) {
        struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

        if (ip[0] && inet_pton(AF_INET6, ip, &in6.sin6_addr) != 1)
                return 0;
        return try_bind(type, (const struct sockaddr *) &in6, sizeof(in6));
}

/* Only "somebody is there" counts: an address that the host does not have now it may have later. */
static int check_free(const Json *mapping, char **reterr_why) {
        const char *ip = text_of(mapping, "hostIP"), *protocol = text_of(mapping, "protocol");
        _cleanup_free_ char *what = NULL, *who = NULL;
        int type = streq(protocol, "udp") ? SOCK_DGRAM : SOCK_STREAM;

        if (streq(protocol, "sctp"))
                return 0; /* to ask would load a module */
        if (try_ipv4(type, ip, port_of(mapping)) != -EADDRINUSE &&
            try_ipv6(type, ip, port_of(mapping)) != -EADDRINUSE)
                return 0;

        int r = port_mapping_describe(mapping, &what);
        if (r >= 0)
                r = port_user_find(type, port_of(mapping), &who);
        if (r < 0 && r != -ENOENT)
                return r;
        return refuse(reterr_why, -EADDRINUSE, "port %s of the host is taken: %s listens there", what,
                      who ? who : "a program");
}

int port_mappings_check_free(const Json *mappings, char **reterr_why) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < json_length(mappings); i++)
                r = check_free(json_at(mappings, i), reterr_why);

        return r;
}
