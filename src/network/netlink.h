/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "cni/address.h"

/* What has to be asked of the kernel about interfaces of this network namespace. 0 or -errno. */

/* An interface of this name, with a peer that nobody looks at. */
int netlink_add_interface(const char *name);

/* No route comes with it. */
int netlink_add_address(const char *interface, const CniAddress *address);

int netlink_rename(unsigned index, const char *name);

/* With this address of the link, if it is not NULL. */
int netlink_set_up(const char *interface, const uint8_t *mac, unsigned mtu);
