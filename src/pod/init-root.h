/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "basic/blob.h"

/* In a pod that boots gantry-init makes an app's root itself (INIT_ROOT_ORDERS): what is the app's own in it is said here. */
typedef struct InitBind {
        const char *source; /* as the systemd of the pod sees it */
        const char *target; /* in the app's root, without links */
        bool read_only;
} InitBind;

typedef struct InitRoot {
        bool own_devices, read_only;
        const InitBind *binds; /* in this order; INIT_DIRECTORY is one of them */
        size_t n_binds;
} InitRoot;

/* The records of it; those of two that follow each other are those of both. */
int init_root_orders(const InitRoot *root, Blob *ret);
