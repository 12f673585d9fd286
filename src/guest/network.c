/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the networks of a pod, in its guest.
 * Never: has an address that the host does not know of: frames from others get nowhere.
 * Follows: pod/guest-config.h; ip-sysctl in the kernel's documentation. */

#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "guest/network.h"
#include "network/netlink.h"
#include "pod/guest-config.h"

/* A kernel without IPv6 has not all of them. */
static void set_parameter(const char *path, const char *value) {
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

        if (fd >= 0)
                (void) fd_write_full(fd, value, strlen(value));
}

/* What apps can do at the other levels. */
static void set_parameters(void) {
        set_parameter("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
        set_parameter("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
}

/* It has the addresses that it is given, from the beginning, and takes no others. */
static void set_parameters_of(const char *interface) {
        static const char *const parameters[][2] = {
                { "accept_dad", "0" },
                { "accept_ra", "0" },
                { "addr_gen_mode", "1" },
        };

        for (size_t i = 0; i < ELEMENTSOF(parameters); i++) {
                char path[96];

                (void) snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", interface,
                                parameters[i][0]);
                set_parameter(path, parameters[i][1]);
        }
}

static bool is_device(const struct ifaddrs *a, size_t number) {
        static const uint8_t first[ETH_ALEN - 1] = GUEST_FIRST_MAC;
        const struct sockaddr_ll *link = (const struct sockaddr_ll *) (const void *) a->ifa_addr;

        return link && link->sll_family == AF_PACKET && link->sll_halen == ETH_ALEN &&
               memcmp(link->sll_addr, first, sizeof(first)) == 0 && link->sll_addr[ETH_ALEN - 1] == number;
}

/* Returns its index. */
static int find_device(size_t number) {
        struct ifaddrs *list = NULL;
        int index = -ENODEV;

        if (getifaddrs(&list) < 0)
                return -errno;
        for (const struct ifaddrs *a = list; a; a = a->ifa_next)
                if (is_device(a, number))
                        index = ((const struct sockaddr_ll *) (const void *) a->ifa_addr)->sll_ifindex;
        freeifaddrs(list);

        return index;
}

/* The kernel has found them in an order of its own: the name may be another one's. */
static int free_names(const GuestNetwork *n) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n->n_interfaces; i++) {
                char name[IF_NAMESIZE];

                (void) snprintf(name, sizeof(name), "new%u", (unsigned) i);
                r = find_device(i);
                if (r >= 0)
                        r = netlink_rename((unsigned) r, name);
        }

        return r;
}

static int make_interface(const Interface *i, size_t number) {
        int r = find_device(number);
        if (r >= 0)
                r = netlink_rename((unsigned) r, i->name);
        if (r < 0)
                return r;

        set_parameters_of(i->name);
        return interface_make(i);
}

static int make_text(const GuestText *t) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, GUEST_FILES "/%s", t->name);
        if (r < 0)
                return r;
        (void) unlink(path);
        return file_create_at(AT_FDCWD, path, t->content, strlen(t->content), 0644);
}

int network_read(int fd, GuestNetwork *ret, char **reterr_why) {
        _cleanup_blob_ Blob text = {};

        int r = fd_reread_blob(fd, GUEST_ORDERS_MAX, &text);
        return r < 0 ? r : guest_network_parse(&text, ret, reterr_why);
}

int network_make(const GuestNetwork *n, char **reterr_why) {
        set_parameters();
        int r = free_names(n);
        for (size_t i = 0; r >= 0 && i < n->n_interfaces; i++)
                r = make_interface(&n->interfaces[i], i);
        for (size_t i = 0; r >= 0 && i < n->n_texts; i++)
                r = make_text(&n->texts[i]);

        return r < 0 ? refuse(reterr_why, r, "Cannot have the pod be in its networks: %s", strerror(-r)) : 0;
}
