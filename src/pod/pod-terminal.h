/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* The terminal of an app: gantry-init opens it in the pod (INIT_TERMINAL) and sends the master over the socket that is its
 * standard input. Its peer takes it, sets the size, and lets it go on. */

/* A pair of such sockets: ours, and what becomes the standard input of gantry-init. */
int pod_terminal_sockets(int *ret_ours, int *ret_theirs);

/* Waits for the master: a terminal's for certain, and O_NONBLOCK. -ENODATA: gantry-init has ended without having made one. */
int pod_terminal_receive(int socket, int *ret_master);

/* Lets gantry-init go on. */
int pod_terminal_release(int socket);

/* Whoever has the terminal in the foreground gets SIGWINCH if that is something new. */
int pod_terminal_resize(int master, unsigned rows, unsigned columns);
