/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/file.h>

/* Files below /run/gantry that are locked. They are made when a pod first joins a network after the machine was switched on. */

/* Held exclusively by who begins a note, or says in which networks which names are. */
#define LOCK_NETWORK "network.lock"

/* Held exclusively by who makes again what pods have lost, and shared by those who take pods out of their networks. */
#define LOCK_RENEWAL "network-renewal.lock"

/* Waits for it. `operation` is flock(2)'s. Returns an fd, or -errno. */
int lock_take(const char *name, int operation);
