/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/interface.h"
#include "network/pod-network.h"

/* The ways of a virtual machine into the networks of its pod: for each a tap in the pod's namespace, tied to the interface that the plugins
 * make. The namespace itself sees nothing of what passes, and the taps are gone with the last who has an fd of them. */
typedef struct Taps {
        int *fds;
        Interface *interfaces; /* once they are tied */
        size_t n;
} Taps;

void taps_done(Taps *t);
#define _cleanup_taps_ _cleanup_(taps_done)

/* Nothing passes yet. */
int taps_open(int namespace_fd, size_t n, Taps *ret);

/* When the pod is in its networks; these are as many as there are taps. */
int taps_tie(Taps *t, int namespace_fd, const PodNetwork *n, char **reterr_why);
