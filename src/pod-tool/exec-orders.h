/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"

/* What one more command of an app is to be. Borrowed. */
typedef struct ExecOrders {
        const char *app;
        const char *user; /* "USER[:GROUP]", or NULL: the app's */
        const char *working_directory, *root;
        char *const *environment; /* besides the app's; what is there already takes this value */
        char *const *argv;
        const char *terminal; /* what is at the other end: $TERM; or NULL: it is to have no terminal */
} ExecOrders;

/* gantry-init's orders for it (pod/init-config.h): the app's own, as far as they are not about the pod, and these. Returns the fd of a
 * file without a name. */
int exec_orders_make(const PodDir *p, const ExecOrders *o);
