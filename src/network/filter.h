/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/pod-network.h"

/* The network that is ours by rules of ours: a pod gets out by the host's address, is kept from other networks, and is reached at its published
 * ports. Plugins would need some seventy runs of iptables at each start. */

/* Has the rules be there, and what in them is about this pod, whose plugins have answered. */
int filter_admit(const PodNetwork *n, char **reterr_why);

/* Takes back what is about this pod. */
int filter_forget(const PodNetwork *n);
