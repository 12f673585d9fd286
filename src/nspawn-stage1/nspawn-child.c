/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: starting nspawn with the fds and the environment it needs.
 * Never: lets it have anything else of this process's.
 * Follows: sd_listen_fds(3), by which nspawn hands fds to the pod; systemd's docs/ENVIRONMENT.md. */

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "nspawn-stage1/nspawn-child.h"
#include "pod/init-config.h"
#include "stage/cgroup.h"

#define LISTEN_PID "LISTEN_PID=%d"

static int n_passed(const NspawnChild *c) {
        return c->status >= 0 ? 1 + (int) c->n_sockets : 0;
}

static int n_fds(const NspawnChild *c) {
        return n_passed(c) + 1;
}

int nspawn_settings_fd(const NspawnChild *c) {
        return INIT_STATUS_FD + n_passed(c);
}

static int fd_number(const NspawnChild *c, int i) {
        return i == n_passed(c) ? c->settings : i == 0 ? c->status : c->sockets[i - 1];
}

static int arrange_fds(const NspawnChild *c, int *fds) {
        for (int i = 0; i < n_fds(c); i++)
                fds[i] = fd_number(c, i);

        return fds_place(fds, n_fds(c), INIT_STATUS_FD);
}

static int arrange_streams(const NspawnChild *c) {
        if ((c->in >= 0 && dup2(c->in, STDIN_FILENO) < 0) || dup2(c->out, STDOUT_FILENO) < 0 ||
            dup2(c->err, STDERR_FILENO) < 0)
                return -errno;

        return 0;
}

/* This process's own, without what it says about its streams; what is said first counts. */
static int make_environment(const NspawnChild *c, char ***ret) {
        static const char *const fixed[] = {
                /* It looks for a systemd in the image to find out which cgroup tree that one wants, and takes none for an old one. */
                "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1",
                "SYSTEMD_SECCOMP=0",          /* its filter takes long to compile; gantry-init has ours */
                "SYSTEMD_LOG_TARGET=journal", /* its stderr is the app's */
                NULL,
        };
        _cleanup_strv_ char **e = NULL;

        int r = strv_add_all(&e, (char *const *) fixed);
        if (r >= 0) /* by a path that is short enough for an address wherever the pod is */
                r = strv_addf(&e, "NOTIFY_SOCKET=/proc/%d/fd/%d/" NSPAWN_NOTIFY, getpid(), c->place_fd);
        if (r >= 0 && c->status >= 0)
                r = strv_add(&e, "SYSTEMD_NSPAWN_TMPFS_TMP=0"); /* /tmp is the image's */
        if (r >= 0 && c->status >= 0)
                r = strv_addf(&e, "LISTEN_FDS=%d", n_passed(c));
        STRV_FOREACH(variable, environ)
                if (r >= 0 && !startswith(*variable, "JOURNAL_STREAM="))
                        r = strv_add(&e, *variable);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(e);
        return 0;
}

/* `systemctl kill` sends a signal to all processes of the unit. What an app may have a use for must not end nspawn, which gives its
 * children the defaults back. */
static void arrange_signals(void) {
        static const int meant_for_apps[] = { SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
        sigset_t none;

        for (size_t i = 0; i < ELEMENTSOF(meant_for_apps); i++)
                signal(meant_for_apps[i], SIG_IGN);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What the child needs and may not make, for it has no memory of its own. */
typedef struct Preparations {
        pid_t stage;
        int *fds;
        char **environment, *listen_pid; /* its last, which only the child can write */
} Preparations;

static void preparations_done(Preparations *p) {
        strv_free(p->environment);
        free(p->fds);
}

static int prepare(const NspawnChild *c, Preparations *p) {
        int r = make_environment(c, &p->environment);
        if (r >= 0)
                r = strv_addf(&p->environment, LISTEN_PID, INT_MAX);
        if (r < 0)
                return r;

        p->stage = getpid();
        p->listen_pid = p->environment[strv_length(p->environment) - 1];
        p->fds = calloc(n_fds(c), sizeof(int));
        return p->fds ? 0 : -ENOMEM;
}

_noreturn_ static void become_nspawn(const NspawnChild *c, const Preparations *p) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != p->stage ||
            cgroup_enter(c->cgroup_fd) < 0 || arrange_streams(c) < 0 || arrange_fds(c, p->fds) < 0)
                _exit(EXIT_GANTRY);
        if (c->network_fd >= 0 && setns(c->network_fd, CLONE_NEWNET) < 0)
                _exit(EXIT_GANTRY);
        arrange_signals();
        (void) sprintf(p->listen_pid, LISTEN_PID, getpid());

        execvpe(c->argv[0], c->argv, p->environment);
        log_error_errno(errno, "Cannot execute systemd-nspawn: %m; the package systemd-container has it");
        _exit(EXIT_GANTRY);
}

int nspawn_start(const NspawnChild *c, pid_t *ret) {
        _cleanup_(preparations_done) Preparations p = {};

        int r = prepare(c, &p);
        if (r < 0)
                return r;

        pid_t pid = vfork();
        if (pid == 0)
                become_nspawn(c, &p);
        if (pid < 0)
                return -errno;

        *ret = pid;
        return 0;
}
