/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: starting nspawn with the fds and the environment it needs.
 * Never: lets it have anything else of this process's.
 * Follows: sd_listen_fds(3), by which nspawn hands fds to the pod; systemd's docs/ENVIRONMENT.md. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "nspawn-stage1/nspawn-child.h"
#include "pod/init-config.h"

/* From INIT_STATUS_FD on. They go out of each other's way first. */
static int arrange_fds(const NspawnChild *c) {
        size_t n = 1 + c->n_sockets;
        int *away = calloc(n, sizeof(int));

        if (!away)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                away[i] = fcntl(i == 0 ? c->status : c->sockets[i - 1], F_DUPFD_CLOEXEC,
                                INIT_STATUS_FD + (int) n);
                if (away[i] < 0)
                        return -errno;
        }
        for (size_t i = 0; i < n; i++)
                if (dup2(away[i], INIT_STATUS_FD + i) < 0)
                        return -errno;

        return 0;
}

static int arrange_streams(const NspawnChild *c) {
        if ((c->in >= 0 && dup2(c->in, STDIN_FILENO) < 0) || dup2(c->out, STDOUT_FILENO) < 0 ||
            dup2(c->err, STDERR_FILENO) < 0)
                return -errno;

        return 0;
}

static void set_environment(const NspawnChild *c) {
        char text[64];

        (void) snprintf(text, sizeof(text), "%d", getpid());
        setenv("LISTEN_PID", text, true);
        (void) snprintf(text, sizeof(text), "%zu", 1 + c->n_sockets);
        setenv("LISTEN_FDS", text, true);
        /* By a path that is short enough for an address wherever the pod is. */
        (void) snprintf(text, sizeof(text), "/proc/%d/fd/%d/" NSPAWN_NOTIFY, getppid(), c->place_fd);
        setenv("NOTIFY_SOCKET", text, true);

        setenv("SYSTEMD_NSPAWN_TMPFS_TMP", "0", true); /* /tmp is the image's */
        /* It looks for a systemd in the image to find out which cgroup tree that one wants, and takes
         * none for an old one. */
        setenv("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "1", true);
        setenv("SYSTEMD_SECCOMP", "0", true); /* its filter takes long to compile; gantry-init has ours */
        setenv("SYSTEMD_LOG_TARGET", "journal", true); /* its stderr is the app's */
        unsetenv("JOURNAL_STREAM");
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

_noreturn_ static void become_nspawn(const NspawnChild *c) {
        if (arrange_streams(c) < 0 || arrange_fds(c) < 0)
                _exit(EXIT_GANTRY);
        set_environment(c);
        arrange_signals();

        execvp(c->argv[0], c->argv);
        log_error_errno(errno, "Cannot execute systemd-nspawn: %m; the package systemd-container has it");
        _exit(EXIT_GANTRY);
}

/* LISTEN_PID must be its pid, hence no other way of starting programs will do. */
int nspawn_start(const NspawnChild *c, pid_t *ret) {
        pid_t stage = getpid(), pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0) {
                if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != stage)
                        _exit(EXIT_GANTRY);
                become_nspawn(c);
        }

        *ret = pid;
        return 0;
}
