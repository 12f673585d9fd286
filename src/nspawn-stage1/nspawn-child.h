/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* systemd-nspawn, as the stage starts it. */
typedef struct NspawnChild {
        char *const *argv;
        int in, out, err;   /* its streams, the app's too; `in` may be -EBADF: stage1's own */
        int status;         /* becomes INIT_STATUS_FD in the pod … */
        const int *sockets; /* … and these the fds behind it */
        size_t n_sockets;
        int place_fd; /* it notifies the socket NSPAWN_NOTIFY in here */
} NspawnChild;

#define NSPAWN_NOTIFY "nspawn"

/* Starts it; it dies with this process. */
int nspawn_start(const NspawnChild *c, pid_t *ret);
