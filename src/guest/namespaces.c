/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the ways into the pod from the agent, which is outside.
 * Never: leaves the agent itself in a namespace of the pod's.
 * Follows: clone(2), setns(2), pid_namespaces(7); switch_root(8) for why a root in the first file system is left like this. */

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/limit.h"
#include "guest/namespaces.h"

/* A handler that was set, or a signal that was ignored or blocked, is the agent's affair. */
static void forget_signals(void) {
        sigset_t none;

        (void) signal(SIGPIPE, SIG_DFL);
        sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
}

static pid_t fork_into(int cgroup_fd, uint64_t flags) {
        struct clone_args args = {
                .flags = flags | (cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0),
                .exit_signal = SIGCHLD,
                .cgroup = cgroup_fd >= 0 ? cgroup_fd : 0,
        };

        pid_t pid = syscall(SYS_clone3, &args, sizeof(args));
        if (pid == 0)
                forget_signals();
        return pid < 0 ? -errno : pid;
}

pid_t namespaces_fork_init(int cgroup_fd) {
        return fork_into(cgroup_fd, CLONE_NEWPID | CLONE_NEWNS);
}

static int read_limits(pid_t pid, struct rlimit ret[static RLIM_NLIMITS]) {
        for (int i = 0; i < (int) RLIM_NLIMITS; i++)
                if (prlimit(pid, i, NULL, &ret[i]) < 0)
                        return -errno;

        return 0;
}

static int enter(int pidfd, const struct rlimit limits[static RLIM_NLIMITS]) {
        int r = limits_set(limits);
        if (r < 0)
                return r;

        return setns(pidfd, CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET) < 0
                               ? -errno
                               : 0;
}

pid_t namespaces_fork(int pidfd, pid_t pid, int cgroup_fd, int *ret_error) {
        struct rlimit limits[RLIM_NLIMITS];

        _cleanup_close_ int ours = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
        if (ours < 0)
                return -errno;
        int r = read_limits(pid, limits);
        if (r < 0)
                return r;
        if (setns(pidfd, CLONE_NEWPID) < 0)
                return -errno;

        pid_t child = fork_into(cgroup_fd, 0);
        if (child == 0) {
                *ret_error = enter(pidfd, limits);
                return 0;
        }
        return setns(ours, CLONE_NEWPID) < 0 ? -errno : child;
}

/* The first file system cannot be left by pivot_root(2); what it has is out of sight. */
int namespaces_change_root(const char *path) {
        return chdir(path) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
                                               chdir("/") < 0
                               ? -errno
                               : 0;
}
