/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* Places on the network as people write them: host, host:port, [IPv6] or [IPv6]:port. */

bool host_is_valid(const char *host);

/* Labels of letters, digits and inner hyphens, with dots between them. */
bool hostname_is_valid(const char *name);

/* This machine, and nobody else: 127.0.0.0/8, ::1 or localhost, with a port or without. */
bool host_is_loopback(const char *host);

/* Docker Hub answers to several names; images, rules and files know it as "docker.io". Other hosts are
 * themselves. */
const char *host_canonical(const char *host);

/* How much of `name` ("quay.io/coreos/etcd") the `prefix` covers by whole components; -1 if it does not. */
ssize_t host_path_match(const char *prefix, const char *name);
