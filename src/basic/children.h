/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/process.h"

/* From now on SIGINT, SIGTERM and SIGHUP end the children started below instead of the caller, who
 * notices by what they left unfinished and cleans up. SIGPIPE becomes -EPIPE. */
void children_take_signals(void);

/* True once such a signal came; nothing new is started then. */
bool children_interrupted(void);

/* As process_spawn(). -ECANCELED once interrupted. */
int child_start(const Spawn *spawn, pid_t *ret);

/* As process_wait(). */
int child_wait(pid_t pid);

/* Ends it and waits. Takes 0: no such child. */
void child_end(pid_t pid);

/* The same for a socket, if whoever works for us at its other end is somebody else's child: it is shut down then, and that is all
 * that can be done. -ECANCELED once interrupted. */
int children_adopt(int socket);

/* Before it is closed. */
void children_leave(int socket);
