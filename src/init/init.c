/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: process 1 of a pod with one app: starts it under its identity, passes signals on, reaps, reports
 * how it ended.
 * Never: does anything with the host; it is as confined as the app. Static, for it runs in any image.
 * Follows: pod/init-config.h; appc "Process environment"; exit statuses of DESIGN.md section 2. */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/app-config.h"
#include "init/filter.h"
#include "init/identity.h"
#include "init/mounts.h"
#include "init/privileges.h"
#include "init/services.h"
#include "init/sysctl.h"
#include "init/terminal.h"
#include "pod/init-config.h"

static void report(int event, int value) {
        InitStatus status = { .event = event, .value = value };
        (void) !write(INIT_STATUS_FD, &status, sizeof(status));
}

/* `object` may be NULL. */
static int complain(const char *what, const char *object, int error) {
        if (object)
                fprintf(stderr, "Cannot %s '%s': %s\n", what, object, strerror(error));
        else
                fprintf(stderr, "Cannot %s: %s\n", what, strerror(error));

        report(INIT_FAILED, error);
        return EXIT_GANTRY;
}

static int exit_status_of(int error) {
        return error == ENOENT || error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/* Becomes the app. Returns the exit status of the failure. */
static int execute(AppConfig *c) {
        const char *what;
        sigset_t none;

        int r = c->terminal ? terminal_make() : 0;
        if (r < 0) {
                fprintf(stderr, "Cannot make a terminal for '%s': %s\n", c->argv[0], strerror(-r));
                errno = -r;
                return EXIT_GANTRY;
        }
        r = identity_apply(c, &what);
        if (r < 0) {
                fprintf(stderr, "Cannot %s for '%s' (user '%s', working directory '%s'): %s\n", what,
                        c->argv[0], c->user, c->working_directory, strerror(-r));
                errno = -r;
                return EXIT_GANTRY;
        }

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);

        environ = c->environment;
        execvp(c->argv[0], c->argv);
        r = errno;
        fprintf(stderr, "Cannot execute '%s': %s\n", c->argv[0], strerror(r));
        errno = r;
        return exit_status_of(r);
}

/* Process 1 only waits, and passes signals on to whatever user's process: nothing in it is worth being traced for. */
static int renounce(void) {
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return -errno;

        int r = privileges_keep(UINT64_C(1) << CAP_KILL, 0);
        return r < 0 ? r : filter_cage_init();
}

/* In the child: waits until process 1 has renounced, and becomes the app. */
__attribute__((noreturn)) static void become_app(AppConfig *c, int gate, int failure) {
        char byte;

        (void) setsid();
        (void) !read(gate, &byte, 1);
        int status = services_apply(c) < 0 ? EXIT_GANTRY : execute(c);
        (void) !write(failure, &errno, sizeof(errno));
        _exit(status);
}

/* Forks the app; returns its pid once it runs, or the negative exit status if it never did. */
static pid_t start(AppConfig *c) {
        int fds[2], gate[2], error;

        if (pipe2(fds, O_CLOEXEC) < 0 || pipe2(gate, O_CLOEXEC) < 0)
                return -EXIT_GANTRY;

        pid_t pid = fork();
        if (pid == 0) {
                close(gate[1]);
                become_app(c, gate[0], fds[1]);
        }
        close(fds[1]);
        if (pid < 0)
                return -EXIT_GANTRY;
        int r = renounce();
        if (r < 0)
                return -complain("give up privileges", NULL, -r);
        close(gate[1]);

        ssize_t n = read(fds[0], &error, sizeof(error));
        close(fds[0]);
        if (n == sizeof(error)) {
                int status;

                report(INIT_FAILED, error);
                while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                        ;
                return -WEXITSTATUS(status);
        }

        services_forget(c);
        report(INIT_STARTED, 0);
        return pid;
}

/* What the host's tools send process 1 to make it stop: nspawn and `machinectl poweroff`. */
static bool means_stop(int sig) {
        return sig == SIGTERM || sig == SIGINT || sig == SIGPWR || sig == SIGRTMIN + 3 ||
               sig == SIGRTMIN + 4;
}

/* Collects the dead. Returns the pod's exit status once the app is among them, else -1. */
static int reap(pid_t app) {
        int status;

        for (;;) {
                pid_t pid = waitpid(-1, &status, WNOHANG);
                if (pid <= 0)
                        return -1;
                if (pid != app)
                        continue;

                report(!WIFSIGNALED(status) ? INIT_EXITED
                       : WCOREDUMP(status)  ? INIT_DUMPED
                                            : INIT_KILLED,
                       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
                return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        }
}

static int supervise(AppConfig *c, const sigset_t *all) {
        pid_t app = start(c);
        if (app < 0)
                return -app;

        for (;;) {
                int sig = sigwaitinfo(all, NULL);

                if (sig == SIGCHLD) {
                        int status = reap(app);
                        if (status >= 0)
                                return status;
                } else if (means_stop(sig))
                        kill(app, c->stop_signal);
                else if (sig > 0)
                        kill(app, sig);
        }
}

/* What is the pod's, not a process's. 0, or the exit status of the failure. */
static int arrange_pod(const AppConfig *c) {
        const char *object;

        int r = mounts_apply(c, &object);
        if (r < 0)
                return complain("cover", object, -r);
        r = sysctl_apply(c, &object);
        if (r < 0)
                return complain("set kernel parameter", object, -r);

        return 0;
}

int main(int argc, char **argv) {
        AppConfig config;
        sigset_t all;

        /* `gantry exec` puts the orders for one more process on the fd it names; there is nothing to
         * supervise. */
        bool supervised = argc < 2;
        if (!supervised &&
            prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) <
                            0) /* others are in the pod: it is not theirs on its way into the cage */
                return complain("hide from the pod", "", errno);
        int fd = supervised ? open(INIT_CONFIG_PATH, O_RDONLY | O_CLOEXEC) : atoi(argv[1]);
        int r = fd < 0 ? -errno : fd < 3 && !supervised ? -EINVAL : app_config_read(fd, &config);
        if (r < 0)
                return complain("read the app's configuration", NULL, -r);
        close(fd);

        umask(0022);
        if (!supervised)
                return execute(&config);

        /* Where syslog(3) looks for the journal's socket, which stage1 has bound in. */
        (void) !symlink("/run/systemd/journal/dev-log", "/dev/log");

        if (fcntl(INIT_STATUS_FD, F_SETFD, FD_CLOEXEC) < 0)
                return complain("keep the status pipe from the app", NULL, errno);

        config.first = true;
        r = arrange_pod(&config);
        if (r > 0)
                return r;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        return supervise(&config, &all);
}
