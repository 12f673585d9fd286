/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

/* What a virtual machine boots. */
typedef struct Stage1Guest {
        int kernel_fd; /* the host's, read-only */
        int initrd_fd; /* the first root that goes with it, read-only, locked shared as long as it is open */
        char *release; /* the kernel's */
} Stage1Guest;

#define STAGE1_GUEST_NULL                                                                                   \
        (Stage1Guest) {                                                                                     \
                .kernel_fd = -EBADF, .initrd_fd = -EBADF                                                    \
        }

/* That of this host as it is now, built by `gantry-stage1 build` if it is missing. What is wrong with the host's kernels,
 * gantry-stage1 has said on standard error. */
int stage1_guest_open(Store *s, Stage1Guest *ret, char **reterr_why);

void stage1_guest_done(Stage1Guest *g);
#define _cleanup_stage1_guest_ _cleanup_(stage1_guest_done)
