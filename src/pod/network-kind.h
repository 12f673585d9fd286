/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What a network of a pod is, by what it is asked for by. */
typedef enum NetworkKind {
        NETWORK_CNI, /* "NAME" or "NAME:KEY=VALUE;…": the plugins of one of this host's networks make it */
        NETWORK_NONE, /* "none" */
        NETWORK_HOST, /* "host" */
        NETWORK_POD,  /* "pod:OTHER": it is that of another pod */
        NETWORK_SYSTEMD, /* "veth", "zone:NAME", …: nspawn makes it, the networkds on both sides of it see to the rest */
} NetworkKind;

/* `network` may be a list of a pod's annotation: it is the first one's then. */
NetworkKind network_kind(const char *network);

/* -EINVAL: it cannot be asked for like this. */
int network_check(const char *network);

/* NETWORK_POD: the name of the pod. */
const char *network_pod(const char *network);

/* NETWORK_SYSTEMD: the interface in the pod is host0, of which there is one, and nspawn can publish ports there. */
bool network_is_host0(const char *network);

/* NETWORK_SYSTEMD: the interface of the host that it wants to be there, or NULL. */
const char *network_interface(const char *network);

/* NETWORK_SYSTEMD: nspawn's argument for it; owned by the caller. */
int network_argument(const char *network, char **ret);
