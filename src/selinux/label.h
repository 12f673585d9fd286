/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/blob.h"

/* libselinux, which is loaded when SELinux is on, and only then. What all but label_mode() answer on a host without it is -EOPNOTSUPP.
 * Contexts are as the kernel has them, not translated for people. */

typedef enum LabelMode {
        LABEL_OFF,
        LABEL_PERMISSIVE, /* what is not allowed is logged, and happens */
        LABEL_ENFORCING,
} LabelMode;

/* Or -errno: SELinux is on, and libselinux cannot be had. */
int label_mode(void);

/* The policy's file of contexts that are meant for containers. -ENOENT: it has none. */
int label_read_lxc_contexts(Blob *ret);

/* -EINVAL: the policy has no such context. */
int label_check(const char *context);

/* Of this process, or of another; owned by the caller. */
int label_of_self(char **ret);
int label_of_process(pid_t pid, char **ret);

/* What the next program is to run as that this thread executes, or a child that it forks from now on. NULL is the way back, and does nothing where
 * there is nothing to come back from. */
int label_next_exec(const char *context);
