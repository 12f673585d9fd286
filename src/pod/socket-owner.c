/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which of several apps has a socket that the pod was given.
 * Never: looks at a socket itself.
 * Follows: App Container spec 0.8.11, "ports", socketActivated; systemd.socket(5), "ListenStream=", "FileDescriptorName=". */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/un.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/socket-owner.h"

typedef struct Listener {
        int type;
        char local[sizeof(((struct sockaddr_un *) NULL)->sun_path) + 1]; /* "/path", "@abstract" or "" */
        struct in6_addr address;                                         /* of IPv4 the mapped one */
        unsigned port;                                                   /* 0: local */
} Listener;

static void map_ipv4(struct in_addr address, struct in6_addr *ret) {
        *ret = (struct in6_addr) { .s6_addr = { [10] = 0xff, [11] = 0xff } };
        memcpy(&ret->s6_addr[12], &address, sizeof(address));
}

static void read_local(const struct sockaddr_un *address, socklen_t size, Listener *l) {
        size_t n = size - offsetof(struct sockaddr_un, sun_path);

        memcpy(l->local, address->sun_path, MIN(n, sizeof(address->sun_path)));
        if (n > 0 && l->local[0] == '\0')
                l->local[0] = '@';
}

static void read_address(const struct sockaddr *address, socklen_t size, Listener *l) {
        const struct sockaddr_in *in = (const struct sockaddr_in *) address;
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) address;

        if (address->sa_family == AF_UNIX && size > offsetof(struct sockaddr_un, sun_path))
                read_local((const struct sockaddr_un *) address, size, l);
        else if (address->sa_family == AF_INET && size >= sizeof(*in)) {
                map_ipv4(in->sin_addr, &l->address);
                l->port = ntohs(in->sin_port);
        } else if (address->sa_family == AF_INET6 && size >= sizeof(*in6)) {
                l->address = in6->sin6_addr;
                l->port = ntohs(in6->sin6_port);
        }
}

/* "192.0.2.1" or "[2001:db8::1]" */
static bool is_address(const char *text, size_t length, const Listener *l) {
        char copy[INET6_ADDRSTRLEN + 2];
        struct in_addr ipv4;
        struct in6_addr is;

        if (length >= sizeof(copy))
                return false;
        memcpy(copy, text, length);
        copy[length] = '\0';
        if (inet_pton(AF_INET, copy, &ipv4) == 1)
                map_ipv4(ipv4, &is);
        else if (copy[0] == '[' && copy[length - 1] == ']') {
                copy[length - 1] = '\0';
                if (inet_pton(AF_INET6, copy + 1, &is) != 1)
                        return false;
        } else
                return false;

        return memcmp(&is, &l->address, sizeof(is)) == 0;
}

/* "8080", "ADDRESS:8080", "/run/x", "@x" */
static bool is_at(const char *where, const Listener *l) {
        const char *colon = strrchr(where, ':');
        uint64_t port;

        if (l->port == 0)
                return l->local[0] != '\0' && streq(where, l->local);

        return str_to_u64(colon ? colon + 1 : where, &port) >= 0 && port == l->port &&
               (!colon || is_address(where, colon - where, l));
}

static bool asks_for(const AppcPodApp *app, const Listener *l) {
        const char *prefix = l->type == SOCK_DGRAM ? "ListenDatagram=" : "ListenStream=";
        _cleanup_strv_ char **sockets = NULL;

        (void) annotation_list(&app->annotations, ANNOTATION_SOCKETS, &sockets);
        STRV_FOREACH(socket, sockets) {
                const char *where = startswith(*socket, prefix);
                if (where && is_at(where, l))
                        return true;
        }

        return false;
}

/* On the host a port of the pod may have another number. */
static unsigned host_port(const AppcPod *pod, const AppcPort *port) {
        for (size_t i = 0; i < pod->n_ports; i++)
                if (streq(pod->ports[i].name, port->name))
                        return pod->ports[i].host_port;

        return port->port;
}

static bool has_port(const AppcPod *pod, const AppcPodApp *app, const Listener *l) {
        const char *protocol = l->type == SOCK_DGRAM ? "udp" : "tcp";

        for (size_t i = 0; l->port > 0 && app->app && i < app->app->n_ports; i++) {
                const AppcPort *port = &app->app->ports[i];
                unsigned first = host_port(pod, port);

                if (port->socket_activated && streq(port->protocol, protocol) && l->port >= first &&
                    l->port - first < port->count)
                        return true;
        }

        return false;
}

const AppcPodApp *pod_socket_owner(const AppcPod *pod, const char *name, int type,
                                   const struct sockaddr *address, socklen_t size) {
        const AppcPodApp *named = appc_pod_find_app(pod, name);
        Listener l = { .type = type };

        if (named)
                return named;
        read_address(address, size, &l);
        for (size_t i = 0; i < pod->n_apps; i++)
                if (asks_for(&pod->apps[i], &l))
                        return &pod->apps[i];
        for (size_t i = 0; i < pod->n_apps; i++)
                if (has_port(pod, &pod->apps[i], &l))
                        return &pod->apps[i];

        return pod->apps;
}
