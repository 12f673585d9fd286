/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "console/console.h"
#include "pod/attach.h"

/* The console's side of pod/attach.h. */

/* Connects to the stage of the running pod: the console has the socket then, and the app a terminal or open input, or not.
 * -ECONNREFUSED or -ENOENT: nobody is there; -EUSERS: as many are there as it takes. */
int attached_connect(Console *c, int pod_fd, AttachHello *ret);

/* A stage that is yet to be started gets the other end as its standard input. */
int attached_prepare(Console *c, int *ret_theirs);

/* What to poll the socket for. */
short attached_events(const Console *c);

/* Takes a message, if `out` and `err` are empty. */
void attached_receive(Console *c);

/* Sends what is in `in`, as far as there is room; then, if it is due, that this was the end. */
void attached_send(Console *c);

void attached_resize(const Console *c, unsigned rows, unsigned columns);
void attached_end_input(Console *c);
