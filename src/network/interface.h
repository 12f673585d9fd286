/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/if_ether.h>
#include <net/if.h>

#include "network/netlink-route.h"

/* An interface and all that plugins have given it, to be the same in a virtual machine. */
typedef struct Interface {
        char name[IF_NAMESIZE];
        uint8_t mac[ETH_ALEN];
        uint32_t mtu;
        CniAddress *addresses; /* with those of the link alone */
        size_t n_addresses;
        NetlinkRoute *routes;
        size_t n_routes;
} Interface;

void interface_done(Interface *i);

/* The one of this name in this network namespace. -ENODEV, -EAFNOSUPPORT (it has no address of Ethernet's) or another -errno. */
int interface_read(const char *name, Interface *ret);

/* Makes the one that has its name already what it is to be, and sets it up. */
int interface_make(const Interface *i);
