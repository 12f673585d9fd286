/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "basic/macro.h"

/* Bytes on their way from one fd to another. Neither may be slow for the other's sake: what cannot be written yet is kept, and
 * nothing is read meanwhile. */
#define FLOW_MAX (16 * 1024)

typedef struct Flow {
        int from, to; /* borrowed; -EBADF: there is none, or not any more */
        size_t start, end;
        char data[FLOW_MAX];
} Flow;

static inline bool flow_is_empty(const Flow *f) {
        return f->start == f->end;
}

/* What to poll both ends for, by what the flow can do now. */
void flow_poll(const Flow *f, struct pollfd *from, struct pollfd *to);

/* Reads what there is into the empty flow, at most `max` bytes. 0 is the end, as is a terminal that nobody has open any more;
 * -EAGAIN: nothing now. */
ssize_t flow_read(const Flow *f, void *buffer, size_t max);

/* Puts bytes into the empty flow; at most FLOW_MAX. */
void flow_put(Flow *f, const void *data, size_t n);

/* Writes some of it, no more than a pipe that is ready takes without waiting. If it cannot be written, it is dropped and the
 * error returned. */
int flow_write(Flow *f);
