/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "guest/app.h"

/* The systemd of a pod that boots: in the guest it is what it is in a container, process 1 of a PID namespace. So its end is one that the agent
 * sees, and nobody in the pod can end the agent. */
typedef struct System {
        Place place;
        pid_t pid; /* 0: it does not run */
        int pidfd;
        int notify; /* where it says that it is ready */
} System;

#define SYSTEM_NULL                                                                                         \
        (System) {                                                                                          \
                .place = PLACE_NULL, .pidfd = -EBADF, .notify = -EBADF                                      \
        }

/* Puts its root together, in which it finds those of the apps. 0, or -errno and *reterr_why. */
int system_make(const GuestConfig *c, const App *apps, System *ret, char **reterr_why);
int system_start(System *s, char **reterr_why);

/* Stops all, and ends. */
void system_stop(const System *s);

/* Whether it has just said that it is ready. */
bool system_hear(const System *s);
