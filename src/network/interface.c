/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what an interface is, taken from one place and made in another.
 * Never: makes the interface itself.
 * Follows: network/interface.h; getifaddrs(3), netdevice(7). */

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/str.h"
#include "network/interface.h"
#include "network/netlink.h"

void interface_done(Interface *i) {
        free(i->addresses);
        free(i->routes);
        *i = (Interface) {};
}

static unsigned count_bits(const uint8_t *mask, size_t size) {
        unsigned n = 0;

        for (size_t i = 0; i < size; i++)
                n += (unsigned) __builtin_popcount(mask[i]);
        return n;
}

/* What follows the family in such an address. */
static const void *bytes_of(const struct sockaddr *a) {
        return a->sa_family == AF_INET ? (const void *) &((const struct sockaddr_in *) a)->sin_addr
                                       : (const void *) &((const struct sockaddr_in6 *) a)->sin6_addr;
}

static int take_address(const struct ifaddrs *a, Interface *i) {
        CniAddress address = { .family = a->ifa_addr->sa_family };
        size_t allocated = i->n_addresses;

        int r = array_reserve(&i->addresses, &allocated, i->n_addresses, sizeof(CniAddress));
        if (r < 0)
                return r;

        cni_address_set(&address, address.family, bytes_of(a->ifa_addr),
                        count_bits(bytes_of(a->ifa_netmask), cni_address_size(&address)));
        i->addresses[i->n_addresses++] = address;
        return 0;
}

static int take_mac(const struct sockaddr_ll *link, Interface *i) {
        if (link->sll_hatype != ARPHRD_ETHER || link->sll_halen != ETH_ALEN)
                return -EAFNOSUPPORT;

        memcpy(i->mac, link->sll_addr, ETH_ALEN);
        return 1;
}

/* Returns whether the interface was there. */
static int take_all(const struct ifaddrs *list, Interface *i) {
        int r = 0, found = 0;

        for (const struct ifaddrs *a = list; r >= 0 && a; a = a->ifa_next) {
                if (!streq(a->ifa_name, i->name) || !a->ifa_addr)
                        continue;
                if (a->ifa_addr->sa_family == AF_PACKET)
                        r = found = take_mac((const struct sockaddr_ll *) (const void *) a->ifa_addr, i);
                else if (a->ifa_addr->sa_family == AF_INET || a->ifa_addr->sa_family == AF_INET6)
                        r = take_address(a, i);
        }

        return r < 0 ? r : found;
}

static int read_mtu(Interface *i) {
        struct ifreq q = {};

        memcpy(q.ifr_name, i->name, sizeof(q.ifr_name));
        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || ioctl(fd, SIOCGIFMTU, &q) < 0)
                return -errno;

        i->mtu = (uint32_t) q.ifr_mtu;
        return 0;
}

int interface_read(const char *name, Interface *ret) {
        _cleanup_(interface_done) Interface i = {};
        struct ifaddrs *list = NULL;

        if (strlen(name) >= sizeof(i.name))
                return -ENODEV;
        memcpy(i.name, name, strlen(name));
        if (getifaddrs(&list) < 0)
                return -errno;
        int r = take_all(list, &i);
        freeifaddrs(list);
        if (r == 0)
                r = -ENODEV;
        if (r >= 0)
                r = read_mtu(&i);
        if (r >= 0)
                r = netlink_list_routes(name, &i.routes, &i.n_routes);
        if (r < 0)
                return r;

        *ret = i;
        i = (Interface) {};
        return 0;
}

int interface_make(const Interface *i) {
        int r = netlink_set_up(i->name, i->mac, i->mtu);

        for (size_t k = 0; r >= 0 && k < i->n_addresses; k++)
                r = netlink_add_address(i->name, &i->addresses[k]);
        for (size_t k = 0; r >= 0 && k < i->n_routes; k++)
                r = netlink_add_route(i->name, &i->routes[k]);

        return r;
}
