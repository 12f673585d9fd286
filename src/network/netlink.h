/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cni/result.h"

/* What has to be asked of the kernel about interfaces of this network namespace. 0 or -errno. */

/* An interface of this name, with a peer that nobody looks at. */
int netlink_add_interface(const char *name);
int netlink_add_address(const char *interface, const CniAddress *address);
