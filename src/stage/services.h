/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "stage/stage.h"

/* What systemd does for an app beyond starting it: sockets, notifications, the watchdog. */

/* Takes the sockets that systemd listens on for the app: `sockets`, `socket_names`. */
int services_take(Stage *s);

/* Is the pod's socket number `i` this app's? One that has an app's name is that one's; else it is in pod.json. */
bool services_owns(const StageApp *a, size_t i);

/* Appends what gantry-init has to tell the app about it. */
int services_orders(const StageApp *a, Blob *orders);
