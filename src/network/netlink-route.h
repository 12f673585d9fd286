/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"
#include "cni/address.h"

/* 0 or -errno, all of them of this network namespace. */

/* A way through an interface, of the main table. What is an address has a family; the prefix means something in the first. */
typedef struct NetlinkRoute {
        CniAddress destination, gateway, source;
        uint32_t metric;
        bool on_link; /* the gateway is there whether or not another route says so */
} NetlinkRoute;

/* Those of an interface, to be freed by the caller, in the order in which they can be made. */
int netlink_list_routes(const char *interface, NetlinkRoute **ret, size_t *ret_n);
int netlink_add_route(const char *interface, const NetlinkRoute *route);
