/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/taps.h"
#include "stage/stage.h"

/* What the guest is told when the pod is in its networks (the later part of pod/guest-config.h). Returns the fd of a file. */
int guest_network_orders(const Stage *s, const Taps *t);

/* And when its hosts(5) have changed since. */
int guest_network_change(const Stage *s);
