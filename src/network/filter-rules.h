/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The rules that all pods share: a table of nftables, in which only elements are a pod's own.
 *
 * ports4, ports6        protocol and port of the host: address and port of the pod
 * ports4_at, ports6_at  the same for one address of the host
 * bridges               of networks in which pods are, or have been */
#define FILTER_TABLE "gantry"

/* The bridge of the network that the rules are for. */
#define FILTER_BRIDGE "gantry0"

/* Has the rules of others, as far as iptables makes them, let through what ours do. */
void filter_make_way(void);

/* Has the rules be as they should, whatever they were; elements stay. The way is made, too. -EREMOTEIO and *reterr_why. */
int filter_make_rules(char **reterr_why);
