/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "stage/stage.h"

/* Who is attached to the pod (pod/attach.h), and the app's standard input or terminal, which is theirs. */
typedef struct Attach Attach;

/* Listens. If this process's standard input is such a socket, the first client is there: the app waits for it as it would for a
 * terminal. All others are dropped when they are slow. */
int attach_open(const StageApp *app, Attach **ret);
Attach *attach_close(Attach *a);
DEFINE_CLEANUP(Attach, attach_close)

/* The app is to be started again: it gets a standard input, or a terminal, of its own. */
int attach_renew(Attach *a);

/* What the app gets as its standard input, or -EBADF: nothing. With a terminal, gantry-init sends that over it
 * (INIT_TERMINAL). Call attach_started() when it has been handed on. */
int attach_stdin(const Attach *a);
void attach_started(Attach *a);

/* For a loop: fills in what to poll for, and does what there is to do. */
#define ATTACH_CLIENTS 16
#define ATTACH_POLL (3 + ATTACH_CLIENTS)
void attach_poll(const Attach *a, struct pollfd fds[ATTACH_POLL]);
void attach_dispatch(Attach *a, const struct pollfd fds[ATTACH_POLL]);

/* The terminal's master, once, when gantry-init has sent it: for the caller to read from, and to close; else -EBADF. */
int attach_take_terminal(Attach *a);

/* False while the first client has not taken what it was sent. */
bool attach_takes(const Attach *a);

/* Sends all clients what the app wrote to its standard output (or terminal) or error: at most 16K, and only if attach_takes(). */
void attach_write(Attach *a, bool error, const void *data, size_t n);

/* The first client has had its time: nobody waits for it any more. */
void attach_abandon(Attach *a);

/* Tells all clients that the pod has ended, and with which status. */
void attach_end(Attach *a, int status);
