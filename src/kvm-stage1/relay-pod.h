/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kvm-stage1/relay.h"
#include "stage/supervise.h"

/* The pod that a relay speaks for, as its stage supervises it. */
typedef struct RelayPod {
        const Stage *stage;
        Supervisor *supervisor;
        int journal; /* connected, or -EBADF */
} RelayPod;

/* `p` is borrowed for as long as the relay is there; its journal is -EBADF at first, and to be closed at the end. */
RelayEvents relay_pod_events(RelayPod *p);
