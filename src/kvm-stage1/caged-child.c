/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the cage of qemu and virtiofsd.
 * Never: leaves a way back: root, namespaces, users are left for good, before a byte of a guest is read.
 * Follows: namespaces(7), pivot_root(2), user_namespaces(7). */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "kvm-stage1/caged-child.h"
#include "selinux/label.h"

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)

/* What is mounted below the root comes along; the host's root goes. */
static int change_root(const char *root) {
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount(root, root, NULL, MS_BIND | MS_REC, NULL) < 0 || chdir(root) < 0 ||
            mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ||
            syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
                return -errno;

        return mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) < 0
                               ? -errno
                               : 0;
}

/* They go out of each other's way first. All others are closed. */
static int arrange_fds(const CagedChild *c) {
        const int streams[] = { c->in, c->out, c->err };
        int n = CAGED_FD + (int) c->n_pass, away[CAGED_FD + CAGED_PASS_MAX];

        for (int i = 0; i < n; i++) {
                away[i] = fcntl(i < CAGED_FD ? streams[i] : c->pass[i - CAGED_FD], F_DUPFD_CLOEXEC, n);
                if (away[i] < 0)
                        return -errno;
        }
        for (int i = 0; i < n; i++)
                if (dup2(away[i], i) < 0)
                        return -errno;

        return close_range(n, ~0u, 0) < 0 ? -errno : 0;
}

static int become_root_of(int userns_fd) {
        if (setns(userns_fd, CLONE_NEWUSER) < 0 || setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 ||
            setresuid(0, 0, 0) < 0)
                return -errno;

        return 0;
}

static int become_nobody(const CagedChild *c) {
        if (setgroups(c->group > 0 ? 1 : 0, &c->group) < 0 || setresgid(c->uid, c->uid, c->uid) < 0 ||
            setresuid(c->uid, c->uid, c->uid) < 0)
                return -errno;

        return 0;
}

/* `systemctl kill` sends a signal to all processes of the unit: what is meant for apps must not end a machine as a power cut would.
 * What qemu needs of them for itself, it unblocks. */
static int block_signals(void) {
        static const int blocked[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
        sigset_t mask;

        sigemptyset(&mask);
        for (size_t i = 0; i < ELEMENTSOF(blocked); i++)
                sigaddset(&mask, blocked[i]);
        signal(SIGPIPE, SIG_DFL);

        return sigprocmask(SIG_SETMASK, &mask, NULL) < 0 ? -errno : 0;
}

/* To die with the parent is forgotten when the user changes, so it comes after that. */
_noreturn_ static void become(const CagedChild *c) {
        static char *const environment[] = { NULL };

        int r = c->network_fd >= 0 && setns(c->network_fd, CLONE_NEWNET) < 0 ? -errno : change_root(c->root);
        if (r >= 0)
                r = c->userns_fd >= 0 ? become_root_of(c->userns_fd) : become_nobody(c);
        if (r >= 0)
                r = arrange_fds(c);
        if (r >= 0)
                r = block_signals();
        if (r >= 0 && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0))
                r = -errno;
        if (r >= 0) {
                execve(c->argv[0], c->argv, environment);
                r = -errno;
        }

        log_error_errno(r, "Cannot execute '%s' for a virtual machine: %m", c->argv[0]);
        _exit(EXIT_FAILURE);
}

int caged_child_start(const CagedChild *c, pid_t *ret) {
        if (c->n_pass > CAGED_PASS_MAX)
                return -E2BIG;

        int r = label_next_exec(c->label);
        if (r < 0)
                return r;
        pid_t pid = syscall(SYS_clone, NAMESPACES | (c->network_fd < 0 ? CLONE_NEWNET : 0) | SIGCHLD, NULL,
                            NULL, NULL, NULL);
        if (pid == 0)
                become(c);
        r = pid < 0 ? -errno : 0;
        int back = label_next_exec(NULL);
        if (r < 0 || back < 0)
                return r < 0 ? r : back;

        *ret = pid;
        return 0;
}
