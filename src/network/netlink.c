/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: requests of rtnetlink: an interface, an address.
 * Never: asks for two of them at once.
 * Follows: rtnetlink(7). */

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "network/netlink-request.h"
#include "network/netlink.h"

int netlink_add_interface(const char *name) {
        Request q;

        request_begin(&q, RTM_NEWLINK, sizeof(q.body.link));
        request_add_text(&q, IFLA_IFNAME, name);
        struct rtattr *info = request_add(&q, IFLA_LINKINFO, NULL, 0);
        request_add_text(&q, IFLA_INFO_KIND, "veth");
        request_end_nest(&q, info);

        return request_ask(&q);
}

/* That of its network; one with two addresses or less has none. */
static void add_broadcast(Request *q, const CniAddress *address) {
        CniAddress broadcast = *address;

        if (address->family != AF_INET || address->prefix > 30)
                return;
        broadcast.address.in.s_addr |= htonl(UINT32_MAX >> address->prefix);
        request_add_address(q, IFA_BROADCAST, &broadcast);
}

int netlink_add_address(const char *interface, const CniAddress *address) {
        unsigned index = if_nametoindex(interface);
        Request q;

        if (index == 0)
                return -errno;
        request_begin(&q, RTM_NEWADDR, sizeof(q.body.address));
        q.body.address = (struct ifaddrmsg) {
                .ifa_family = address->family,
                .ifa_prefixlen = address->prefix,
                .ifa_index = index,
        };
        request_add_u32(&q, IFA_FLAGS, IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
        request_add_address(&q, IFA_LOCAL, address);
        request_add_address(&q, IFA_ADDRESS, address);
        add_broadcast(&q, address);

        return request_ask(&q);
}

/* Changes one that is there. */
static void begin_change(Request *q, unsigned index) {
        request_begin(q, RTM_NEWLINK, sizeof(q->body.link));
        q->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
        q->body.link = (struct ifinfomsg) { .ifi_index = (int) index };
}

int netlink_rename(unsigned index, const char *name) {
        Request q;

        begin_change(&q, index);
        request_add_text(&q, IFLA_IFNAME, name);
        return request_ask(&q);
}

int netlink_set_up(const char *interface, const uint8_t *mac, unsigned mtu) {
        unsigned index = if_nametoindex(interface);
        Request q;

        if (index == 0)
                return -errno;
        begin_change(&q, index);
        q.body.link.ifi_flags = q.body.link.ifi_change = IFF_UP;
        if (mac)
                (void) request_add(&q, IFLA_ADDRESS, mac, ETH_ALEN);
        request_add_u32(&q, IFLA_MTU, mtu);

        return request_ask(&q);
}
