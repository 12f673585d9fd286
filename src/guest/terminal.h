/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "guest/streams.h"

/* A terminal that gantry-init makes, and the stream that goes on at the host's. */
typedef struct Terminal {
        uint32_t stream; /* 0: there is none */
        int socket; /* by which the master comes, and on which gantry-init then waits for its size; or -EBADF */
        int master; /* for its size */
        bool is_sized;
        unsigned rows, columns;
} Terminal;

#define TERMINAL_NONE                                                                                       \
        (Terminal) {                                                                                        \
                .socket = -EBADF, .master = -EBADF                                                          \
        }

/* The standard streams of gantry-init: `first` is the terminal's, both ways, and what comes of that waits until there is one; the two others are for
 * what gantry-init complains about before. */
int terminal_open_streams(Link *l, uint32_t first, Terminal *ret, int ret_streams[static STREAMS]);
void terminal_close(Terminal *t);

/* The first size lets gantry-init go on. */
void terminal_resize(Terminal *t, unsigned rows, unsigned columns);

void terminal_poll(const Terminal *t, struct pollfd *ret);
void terminal_dispatch(Terminal *t, Link *l, const struct pollfd *fd);

/* Nobody is going to make one any more. */
void terminal_give_up(Terminal *t, Link *l);
