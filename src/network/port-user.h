/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* Who listens at a port of this network namespace: "'nginx' (process 123)"; owned by the caller. `type`: SOCK_STREAM or SOCK_DGRAM. -ENOENT if
 * that cannot be found out. For messages only. */
int port_user_find(int type, uint16_t port, char **ret);
