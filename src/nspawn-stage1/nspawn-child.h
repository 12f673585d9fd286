/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* systemd-nspawn, as the stage starts it. */
typedef struct NspawnChild {
        char *const *argv;
        int in, out, err;   /* its streams, the app's too; `in` may be -EBADF: stage1's own */
        int status;         /* becomes INIT_STATUS_FD in the pod, unless it is -EBADF … */
        const int *sockets; /* … and these the fds behind it */
        size_t n_sockets;
        int settings;   /* becomes nspawn_settings_fd() */
        int network_fd; /* the network namespace that it begins in; -EBADF: this process's */
        int place_fd;   /* it notifies the socket NSPAWN_NOTIFY in here */
        int cgroup_fd;  /* the cgroup that it begins in; -EBADF: this process's */
} NspawnChild;

#define NSPAWN_NOTIFY "nspawn"

/* Behind those that the pod gets. */
int nspawn_settings_fd(const NspawnChild *c);

/* Starts it; it dies with this process. */
int nspawn_start(const NspawnChild *c, pid_t *ret);
