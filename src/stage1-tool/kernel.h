/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* A kernel of the host. */
typedef struct Kernel {
        char *path;
        char *release; /* "6.1.0-56-cloud-amd64" */
        int fd;
} Kernel;

#define KERNEL_NULL                                                                                         \
        (Kernel) {                                                                                          \
                .fd = -EBADF                                                                                \
        }

void kernel_done(Kernel *k);
#define _cleanup_kernel_ _cleanup_(kernel_done)

/* *reterr_why says which file it is. */
int kernel_open(int root_fd, const char *path, Kernel *ret, char **reterr_why);

/* The paths of all that have the names of kernels, the newest first; strv, owned by the caller. */
int kernel_list(int root_fd, char ***ret);
