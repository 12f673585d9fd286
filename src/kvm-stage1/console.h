/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>
#include <stdbool.h>

#include "basic/per-second.h"

/* What a machine prints outside its pod's streams: its kernel on the serial line, and qemu and virtiofsd when something is wrong. It goes to
 * the journal, under the name of whoever has printed it. */
typedef struct Console {
        const char *name;
        int from;        /* reading end, or -EBADF: it has ended */
        int to;          /* the writing end, until the child has it */
        int journal;     /* a stream of it, or -EBADF */
        bool ignored;    /* what comes now is of no interest */
        PerSecond taken; /* bytes */
        size_t dropped;
} Console;

#define CONSOLE_NONE                                                                                        \
        (Console) {                                                                                         \
                .from = -EBADF, .to = -EBADF, .journal = -EBADF                                             \
        }

/* What it prints is of that priority. */
int console_open(const char *name, int priority, Console *ret);
void console_close(Console *c);

/* The child has its end. */
void console_started(Console *c);

/* For a loop. It is always read, so that nobody waits who prints; what is too much for the journal is counted. */
void console_poll(const Console *c, struct pollfd *fd);
void console_dispatch(Console *c, const struct pollfd *fd);

/* What is there already, when whoever prints has ended. */
void console_drain(Console *c);
