/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which elements of our table a pod is.
 * Never: publishes a port in a network whose plugins do.
 * Follows: network/filter-rules.h, network/nftables.h. */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "basic/str.h"
#include "network/filter-elements.h"
#include "network/filter-rules.h"
#include "network/port-mappings.h"

static NftElement *add(FilterElements *e, const char *set) {
        NftElement *grown = reallocarray(e->list, e->n + 1, sizeof(NftElement));
        if (!grown)
                return NULL;

        e->list = grown;
        e->list[e->n] = (NftElement) { .set = set };
        return &e->list[e->n++];
}

static const Json *bridge_of(const Attachment *a) {
        const CniPlugin *first = &a->network->plugins[0];

        return streq(first->type, "bridge") ? first->config : NULL;
}

/* The bridge has the capability there, which no plugin of that name knows. */
static bool is_ours(const Attachment *a) {
        return bridge_of(a) && cni_plugin_has(&a->network->plugins[0], PORT_MAPPINGS) &&
               streq_ptr(json_get_text(bridge_of(a), "bridge"), FILTER_BRIDGE);
}

/* So that pods of ours do not get into another network. */
static int add_bridge(const Attachment *a, FilterElements *e) {
        const char *name = json_get_text(bridge_of(a), "bridge");

        NftElement *element = add(e, "bridges");
        if (!element)
                return -ENOMEM;

        element->key_size = IFNAMSIZ;
        (void) snprintf((char *) element->key, IFNAMSIZ, "%s", name ? name : "cni0");
        return 0;
}

static void append(unsigned char *to, size_t *size, const void *part, size_t part_size) {
        memcpy(to + *size, part, part_size);
        *size += (part_size + 3) & ~(size_t) 3;
}

static void append_port(unsigned char *to, size_t *size, uint64_t port) {
        const unsigned char big_endian[] = { port >> 8, port };

        append(to, size, big_endian, sizeof(big_endian));
}

static size_t address_size(int family) {
        return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

static unsigned char protocol_of(const char *name) {
        return streq_ptr(name, "udp") ? IPPROTO_UDP : streq_ptr(name, "sctp") ? IPPROTO_SCTP : IPPROTO_TCP;
}

/* Where the host is to listen: at every address of the family, or at one. False: at none of this family. */
static bool find_place(const Json *mapping, int family, CniAddress *ret, bool *ret_every) {
        static const struct in6_addr zero = {};
        const char *ip = json_get_text(mapping, "hostIP");

        *ret_every = !ip || !ip[0];
        if (*ret_every)
                return true;
        if (inet_pton(family, ip, &ret->address) != 1)
                return false;
        *ret_every = memcmp(&ret->address, &zero, address_size(family)) == 0;
        return true;
}

static int add_port(const Json *mapping, const CniAddress *pod, FilterElements *e) {
        uint64_t host_port = 0, pod_port = 0;
        bool every, v4 = pod->family == AF_INET;
        unsigned char protocol = protocol_of(json_get_text(mapping, "protocol"));
        CniAddress at = {};

        (void) json_uint(json_get(mapping, "hostPort"), &host_port);
        (void) json_uint(json_get(mapping, "containerPort"), &pod_port);
        if (!find_place(mapping, pod->family, &at, &every))
                return 0;

        NftElement *element = add(e, every ? (v4 ? "ports4" : "ports6") : (v4 ? "ports4_at" : "ports6_at"));
        if (!element)
                return -ENOMEM;

        if (!every)
                append(element->key, &element->key_size, &at.address, address_size(pod->family));
        append(element->key, &element->key_size, &protocol, sizeof(protocol));
        append_port(element->key, &element->key_size, host_port);
        append(element->data, &element->data_size, &pod->address, address_size(pod->family));
        append_port(element->data, &element->data_size, pod_port);
        return 0;
}

static const CniAddress *first_of(const CniResult *result, int family) {
        for (size_t i = 0; result && i < result->n_ips; i++)
                if (result->ips[i].family == family)
                        return &result->ips[i];

        return NULL;
}

/* At its first address of either family, which is what the plugin portmap does. */
static int add_ports(const Attachment *a, FilterElements *e) {
        static const int families[] = { AF_INET, AF_INET6 };
        const Json *mappings = json_get(a->capabilities, PORT_MAPPINGS);
        int r = 0;

        for (size_t f = 0; f < ELEMENTSOF(families); f++) {
                const CniAddress *address = first_of(a->result, families[f]);

                for (size_t i = 0; address && r >= 0 && i < json_length(mappings); i++)
                        r = add_port(json_at(mappings, i), address, e);
        }

        return r;
}

int filter_elements_add_bridges(const PodNetwork *n, FilterElements *e) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n->n_attachments; i++)
                if (bridge_of(&n->attachments[i]))
                        r = add_bridge(&n->attachments[i], e);

        return r;
}

int filter_elements_add_ports(const PodNetwork *n, FilterElements *e) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n->n_attachments; i++)
                if (is_ours(&n->attachments[i]))
                        r = add_ports(&n->attachments[i], e);

        return r;
}
