/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "metadata/answer.h"

/* One client, who may never say all of what it wants to ask, nor take all of the answer. */
typedef struct Connection {
        int fd;
        uint64_t deadline_msec; /* for what it is about now */
        char *in;               /* what has come … */
        size_t n_in, in_size;
        char head[256]; /* … and the answer to it, in two parts, of which so much has gone */
        size_t n_head, sent;
        Answer answer;
        bool answering, last; /* the answer is the last one here */
        bool ending;          /* there is nothing more to say: what still comes is thrown away */
} Connection;

#define CONNECTION_PATIENCE_MSEC 5000 /* with one question or one answer, however it comes */

void connection_open(Connection *c, int taken_fd, uint64_t now_msec);
void connection_close(Connection *c);

/* What to wait for, and what to do then. The connection is closed (fd < 0) when it has come to its end, in whatever way. */
void connection_poll(const Connection *c, struct pollfd *ret);
void connection_dispatch(Connection *c, const MetadataPod *pod, uint64_t now_msec);
