/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* Connects to the stage at INIT_STATUS_PATH and takes what it has for the app: standard streams, and `n_sockets` sockets. All is then where
 * nspawn would have put it: INIT_STATUS_FD, and what is behind it. 0 or -errno. */
int stage_link(size_t n_sockets);

/* The same for an event handler: standard streams only, at INIT_STREAMS_PATH. What INIT_STATUS_FD is then, nobody listens to. */
int stage_streams(void);

/* Waits until the stage has made use of the last report. */
void stage_unlink(void);
