/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/app.h"

/* One more command in an app, from its orders to its end. */
typedef struct Exec {
        uint32_t id; /* of the request; 0: there is none here */
        const App *app;
        uint32_t orders; /* the stream by which they come, until they have; 0 */
        int orders_fd;   /* what has come */
        int streams[3];  /* what it gets, until it has them */
        Terminal terminal;
        pid_t pid; /* 0: it does not run yet */
} Exec;

#define EXEC_NULL                                                                                           \
        (Exec) {                                                                                            \
                .orders_fd = -EBADF, .streams = { -EBADF, -EBADF, -EBADF }, .terminal = TERMINAL_NONE       \
        }

/* Begins: its orders are still to come. -errno: its streams are not there, which ends the link. */
int exec_begin(const LinkMessage *m, const App *app, Link *l, Exec *ret);

/* Its orders are there. */
void exec_run(Exec *e, Link *l);

/* It is over, with this exit status. */
void exec_end(Exec *e, Link *l, int status);
