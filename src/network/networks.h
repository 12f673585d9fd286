/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cni/configuration.h"

/* The networks of this host: those of /etc/cni/net.d, and one of ours that is there without any file. */

#define NETWORK_DEFAULT "default"

/* The one that is asked for by "NAME" or "NAME:KEY=VALUE;…": that of the first file, in the order of their names. -ENOENT or -EBADMSG, and
 * *reterr_why. A file that cannot be read is of no network but, as far as can be seen, of the one that is missing. */
int network_find(const char *request, CniConfiguration **ret, char **reterr_why);
