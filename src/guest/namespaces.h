/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* Forks into the namespaces of a process, given by its pidfd, with its root and limits, and into a cgroup (-EBADF: the agent's). The
 * child is one of the agent's all the same. Returns as fork(2), or -errno; in the child *ret_error is 0, or the -errno of what it could
 * not enter. */
pid_t namespaces_fork(int pidfd, pid_t pid, int cgroup_fd, int *ret_error);

/* Forks a process 1 of a PID namespace of its own, and a mount namespace, into a cgroup. Returns as fork(2), or -errno. */
pid_t namespaces_fork_init(int cgroup_fd);

/* In the child: makes a directory that something is mounted on its root, for ever. 0 or -errno. */
int namespaces_change_root(const char *path);
