/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* A program that hostile guests talk with: in namespaces of its own, with `root` for all that it sees of the file system, as somebody who is
 * nobody, and with the fds that it is given. */
typedef struct CagedChild {
        char *const *argv;
        const char *root; /* has a directory "proc" for that of its own */
        int in, out, err;
        const int *pass; /* become fds CAGED_FD, and so on */
        size_t n_pass;
        int userns_fd; /* a user namespace whose root it is; or -EBADF: it is `uid`, of groups `uid` and `group` */
        int network_fd; /* a network namespace that it joins; or -EBADF: it has one in which there is nothing */
        uid_t uid;
        gid_t group;
        const char *label; /* what it is to SELinux; NULL: what this process is */
} CagedChild;

#define CAGED_FD 3
#define CAGED_PASS_MAX 256

/* Starts it; it dies with this process. */
int caged_child_start(const CagedChild *c, pid_t *ret);
