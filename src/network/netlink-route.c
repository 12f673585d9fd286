/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: routes: what is there, and one more.
 * Never: knows of any table but the main one, or of a route that needs more than one interface.
 * Follows: rtnetlink(7). */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "network/netlink-messages.h"
#include "network/netlink-route.h"

int netlink_add_route(const char *interface, const NetlinkRoute *route) {
        int family = route->destination.family;
        unsigned index = if_nametoindex(interface);
        const struct rtmsg body = {
                .rtm_family = family,
                .rtm_dst_len = route->destination.prefix,
                .rtm_table = RT_TABLE_MAIN,
                .rtm_protocol = RTPROT_STATIC,
                .rtm_scope = family == AF_INET && route->gateway.family == 0 ? RT_SCOPE_LINK
                                                                             : RT_SCOPE_UNIVERSE,
                .rtm_type = RTN_UNICAST,
                .rtm_flags = route->on_link ? RTNH_F_ONLINK : 0,
        };
        Messages m = {};

        if (index == 0)
                return -errno;
        messages_begin(&m, RTM_NEWROUTE,
                       NLM_F_ACK | NLM_F_CREATE | NLM_F_APPEND, /* as those of other links */
                       &body, sizeof(body));
        messages_add_address(&m, RTA_DST, &route->destination);
        messages_add_address(&m, RTA_GATEWAY, &route->gateway);
        messages_add_address(&m, RTA_PREFSRC, &route->source);
        if (route->metric > 0)
                messages_add_u32(&m, RTA_PRIORITY, route->metric);
        messages_add_u32(&m, RTA_OIF, index);

        return messages_ask(&m, NETLINK_ROUTE);
}

/* Of an attribute that has as many bytes as that. */
static void take_address(const struct rtattr *a, int family, CniAddress *ret) {
        if (RTA_PAYLOAD(a) == (family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr)))
                cni_address_set(ret, family, RTA_DATA(a), 0);
}

/* Whether it is one of those that are to be listed. */
static bool take_route(const struct nlmsghdr *h, unsigned index, NetlinkRoute *ret) {
        static const struct in6_addr any; /* the default route has no destination */
        const struct rtmsg *m = NLMSG_DATA(h);
        int n = (int) RTM_PAYLOAD(h);
        uint32_t interface = 0;

        if (h->nlmsg_type != RTM_NEWROUTE || m->rtm_table != RT_TABLE_MAIN || m->rtm_type != RTN_UNICAST ||
            (m->rtm_flags & RTM_F_CLONED))
                return false;
        *ret = (NetlinkRoute) { .on_link = m->rtm_flags & RTNH_F_ONLINK };
        cni_address_set(&ret->destination, m->rtm_family, &any, 0);

        for (const struct rtattr *a = RTM_RTA(m); RTA_OK(a, n); a = RTA_NEXT(a, n))
                switch (a->rta_type) {
                case RTA_DST: take_address(a, m->rtm_family, &ret->destination); break;
                case RTA_GATEWAY: take_address(a, m->rtm_family, &ret->gateway); break;
                case RTA_PREFSRC: take_address(a, m->rtm_family, &ret->source); break;
                case RTA_PRIORITY: memcpy(&ret->metric, RTA_DATA(a), sizeof(ret->metric)); break;
                case RTA_OIF: memcpy(&interface, RTA_DATA(a), sizeof(interface)); break;
                default: break;
                }

        ret->destination.prefix = m->rtm_dst_len;
        return interface == index;
}

typedef struct Routes {
        NetlinkRoute *list;
        size_t n, allocated;
} Routes;

/* Returns 1 when it was the last datagram. */
static int take_routes(const void *data, size_t size, unsigned index, Routes *routes) {
        for (const struct nlmsghdr *h = data; NLMSG_OK(h, size); h = NLMSG_NEXT(h, size)) {
                if (h->nlmsg_type == NLMSG_DONE)
                        return 1;
                if (h->nlmsg_type == NLMSG_ERROR)
                        return ((const struct nlmsgerr *) NLMSG_DATA(h))->error;
                int r = array_reserve(&routes->list, &routes->allocated, routes->n, sizeof(NetlinkRoute));
                if (r < 0)
                        return r;
                routes->n += take_route(h, index, &routes->list[routes->n]);
        }

        return 0;
}

static int dump_routes(int family, unsigned index, Routes *routes) {
        _Alignas(struct nlmsghdr) char answer[32 * 1024]; /* no datagram of the kernel's is larger */
        const struct rtmsg body = { .rtm_family = family };
        Messages m = {};
        int r;

        messages_begin(&m, RTM_GETROUTE, NLM_F_DUMP, &body, sizeof(body));
        _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        if (fd < 0 || send(fd, m.data, m.size, 0) < 0)
                return -errno;

        do {
                ssize_t n = recv(fd, answer, sizeof(answer), 0);
                r = n < 0 ? -errno : take_routes(answer, n, index, routes);
        } while (r == 0);

        return MIN(r, 0);
}

/* A gateway is found by what leads to it. */
static int compare(const void *a, const void *b) {
        const NetlinkRoute *x = a, *y = b;
        return (x->gateway.family > 0) - (y->gateway.family > 0);
}

int netlink_list_routes(const char *interface, NetlinkRoute **ret, size_t *ret_n) {
        unsigned index = if_nametoindex(interface);
        Routes routes = {};

        if (index == 0)
                return -errno;
        int r = dump_routes(AF_INET, index, &routes);
        if (r >= 0)
                r = dump_routes(AF_INET6, index, &routes);
        if (r < 0) {
                free(routes.list);
                return r;
        }

        if (routes.n > 0)
                qsort(routes.list, routes.n, sizeof(NetlinkRoute), compare);
        *ret = routes.list;
        *ret_n = routes.n;
        return 0;
}
