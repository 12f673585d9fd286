/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way from the stage's process to gantry-init in an app's root.
 * Never: leaves the host's namespaces but for that of mounts; lets the app have an fd of this process's.
 * Follows: pivot_root(2), "pivot_root(".", ".")"; mount_namespaces(7); pod/init-config.h. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "fly-stage1/credentials.h"
#include "fly-stage1/fly-child.h"
#include "pod/init-config.h"
#include "stage/cgroup.h"
#include "stage/limits.h"

/* Of a volume that is shared with the host there is a copy in there: what is mounted in it would be unmounted on the host, too. */
static int let_go(int old_root) {
        if (fchdir(old_root) < 0 || mount(NULL, ".", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
            umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
                return -errno;

        return 0;
}

/* A mount namespace of the app's own, so that its root is a root, and no chroot: of what the host has mounted there is only
 * what was mounted in it. Which of its copies the directory lies in, the kernel knows. */
static int enter_root(const StageApp *a) {
        if (fchdir(a->view_fd) < 0 || unshare(CLONE_NEWNS) < 0)
                return -errno;
        _cleanup_close_ int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (old < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
                return -errno;

        return let_go(old);
}

static int arrange_streams(const FlyChild *c) {
        _cleanup_close_ int nothing = c->in < 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -EBADF;

        if (dup2(c->in < 0 ? nothing : c->in, STDIN_FILENO) < 0 || dup2(c->out, STDOUT_FILENO) < 0 ||
            dup2(c->err, STDERR_FILENO) < 0)
                return -errno;

        return 0;
}

/* `fds` has room for all. */
static int arrange_fds(const FlyChild *c, int *fds) {
        const Stage *s = c->app->stage;

        fds[0] = c->status;
        for (size_t i = 0; i < s->n_sockets; i++)
                fds[1 + i] = s->sockets[i];

        return fds_place(fds, 1 + s->n_sockets, INIT_STATUS_FD);
}

static void arrange_signals(void) {
        sigset_t none;

        signal(SIGPIPE, SIG_DFL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
}

_noreturn_ static void become_init(const FlyChild *c, pid_t stage, int *fds) {
        char *const argv[] = { (char *) "gantry-init", NULL };

        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != stage || cgroup_enter(c->cgroup) < 0)
                _exit(EXIT_GANTRY);
        limits_apply(c->app->app, getpid());
        int r = enter_root(c->app);
        if (r < 0) {
                log_error_errno(r, "Cannot enter the root of app '%s': %m", c->app->app->name);
                _exit(EXIT_GANTRY);
        }
        if (arrange_streams(c) < 0 || arrange_fds(c, fds) < 0)
                _exit(EXIT_GANTRY);
        arrange_signals();

        execve(INIT_PATH, argv, (char *[]) { (char *) credentials_variable(), NULL });
        _exit(EXIT_GANTRY);
}

int fly_child_start(const FlyChild *c, pid_t *ret) {
        _cleanup_free_ int *fds = calloc(1 + c->app->stage->n_sockets, sizeof(int));
        pid_t stage = getpid();

        if (!fds)
                return -ENOMEM;
        pid_t pid = fork();
        if (pid == 0)
                become_init(c, stage, fds);
        if (pid < 0)
                return -errno;

        *ret = pid;
        return 0;
}
