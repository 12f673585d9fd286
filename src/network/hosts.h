/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/pod-network.h"

/* The hosts(5) of a pod. That of one in networks is a file in its directory, which all its apps see, and in which pod-network keeps the names
 * of its neighbours. */
#define HOSTS_FILE "hosts"

/* What is there from the beginning: `own` are lines with the pod's own name, `more` what its settings add (NULL: nothing). */
int hosts_begin(const char *own, const char *more, char **ret);

/* Names of the pods in one network. */
typedef struct HostsNetwork {
        char *name; /* of the network */
        char *text; /* lines */
} HostsNetwork;

typedef struct HostsNetworks {
        HostsNetwork *list;
        size_t n;
} HostsNetworks;

void hosts_networks_done(HostsNetworks *h);
#define _cleanup_hosts_networks_ _cleanup_(hosts_networks_done)

/* Adds the name of a pod to those of its networks. */
int hosts_networks_add(HostsNetworks *h, const PodNetwork *n, const char *pod);

/* The text of the file of a pod in these networks, in place of an earlier one. */
int hosts_replace(const char *text, const HostsNetworks *h, const PodNetwork *n, char **ret);
