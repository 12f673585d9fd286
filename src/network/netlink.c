/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: requests of rtnetlink: an interface, an address.
 * Never: asks for two of them at once.
 * Follows: rtnetlink(7). */

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "network/netlink-messages.h"
#include "network/netlink.h"

int netlink_add_interface(const char *name) {
        Messages m = {};

        messages_begin(&m, RTM_NEWLINK, MESSAGES_NEW, &(struct ifinfomsg) {}, sizeof(struct ifinfomsg));
        messages_add_text(&m, IFLA_IFNAME, name);
        struct nlattr *info = messages_add(&m, IFLA_LINKINFO, NULL, 0);
        messages_add_text(&m, IFLA_INFO_KIND, "veth");
        messages_end_nest(&m, info);

        return messages_ask(&m, NETLINK_ROUTE);
}

/* That of its network; one with two addresses or less has none. */
static void add_broadcast(Messages *m, const CniAddress *address) {
        CniAddress broadcast = *address;

        if (address->family != AF_INET || address->prefix > 30)
                return;
        broadcast.address.in.s_addr |= htonl(UINT32_MAX >> address->prefix);
        messages_add_address(m, IFA_BROADCAST, &broadcast);
}

int netlink_add_address(const char *interface, const CniAddress *address) {
        const struct ifaddrmsg body = {
                .ifa_family = address->family,
                .ifa_prefixlen = address->prefix,
                .ifa_index = if_nametoindex(interface),
        };
        Messages m = {};

        if (body.ifa_index == 0)
                return -errno;
        messages_begin(&m, RTM_NEWADDR, MESSAGES_NEW, &body, sizeof(body));
        messages_add_u32(&m, IFA_FLAGS, IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
        messages_add_address(&m, IFA_LOCAL, address);
        messages_add_address(&m, IFA_ADDRESS, address);
        add_broadcast(&m, address);

        return messages_ask(&m, NETLINK_ROUTE);
}

/* Changes one that is there. */
static void begin_change(Messages *m, unsigned index, unsigned flags) {
        const struct ifinfomsg body = { .ifi_index = (int) index, .ifi_flags = flags, .ifi_change = flags };

        messages_begin(m, RTM_NEWLINK, NLM_F_ACK, &body, sizeof(body));
}

int netlink_rename(unsigned index, const char *name) {
        Messages m = {};

        begin_change(&m, index, 0);
        messages_add_text(&m, IFLA_IFNAME, name);
        return messages_ask(&m, NETLINK_ROUTE);
}

int netlink_set_up(const char *interface, const uint8_t *mac, unsigned mtu) {
        unsigned index = if_nametoindex(interface);
        Messages m = {};

        if (index == 0)
                return -errno;
        begin_change(&m, index, IFF_UP);
        if (mac)
                (void) messages_add(&m, IFLA_ADDRESS, mac, ETH_ALEN);
        messages_add_u32(&m, IFLA_MTU, mtu);

        return messages_ask(&m, NETLINK_ROUTE);
}
