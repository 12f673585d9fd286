/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/filter.h>

#include "network/interface.h"

/* Programs for netlink_redirect(): which frames may pass between a virtual machine and its network. */
typedef struct FrameFilter {
        struct sock_filter *list;
        size_t n, allocated;
        int error; /* of what came first; nothing is added after that */
} FrameFilter;

void frame_filter_done(FrameFilter *f);

/* What the machine sends: it says of itself only what the interface has, and answers for nobody else. */
int frame_filter_from(const Interface *i, FrameFilter *ret);

/* What it is sent: nothing that is for somebody else. */
int frame_filter_to(const Interface *i, FrameFilter *ret);
