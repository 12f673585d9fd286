/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: process 1 of a pod with one app: starts it under its identity, passes signals on, reaps, reports
 * how it ended.
 * Never: does anything with the host; it is as confined as the app. Static, for it runs in any image.
 * Follows: pod/init-config.h; appc "Process environment"; exit statuses of DESIGN.md section 2. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/app-config.h"
#include "init/identity.h"
#include "pod/init-config.h"

static void report(int event, int value) {
        InitStatus status = { .event = event, .value = value };
        (void) !write(INIT_STATUS_FD, &status, sizeof(status));
}

static int exit_status_of(int error) {
        return error == ENOENT || error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/* Becomes the app. Returns the exit status of the failure. */
static int execute(AppConfig *c) {
        const char *what;
        sigset_t none;

        int r = identity_apply(c, &what);
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

/* Forks the app; returns its pid once it runs, or the negative exit status if it never did. */
static pid_t start(AppConfig *c) {
        int fds[2], error;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -EXIT_GANTRY;

        pid_t pid = fork();
        if (pid == 0) {
                (void) setsid();
                int status = execute(c);
                (void) !write(fds[1], &errno, sizeof(errno));
                _exit(status);
        }
        close(fds[1]);
        if (pid < 0)
                return -EXIT_GANTRY;

        ssize_t n = read(fds[0], &error, sizeof(error));
        close(fds[0]);
        if (n == sizeof(error)) {
                int status;

                report(INIT_FAILED, error);
                while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                        ;
                return -WEXITSTATUS(status);
        }

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

                report(WIFSIGNALED(status) ? INIT_KILLED : INIT_EXITED,
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

static int complain(const char *what, int error) {
        fprintf(stderr, "Cannot %s: %s\n", what, strerror(error));
        report(INIT_FAILED, error);
        return EXIT_GANTRY;
}

int main(int argc, char **argv) {
        AppConfig config;
        sigset_t all;

        /* `gantry exec` puts the orders for one more process on the fd it names; there is nothing to
         * supervise. */
        bool supervised = argc < 2;
        int fd = supervised ? open(INIT_CONFIG_PATH, O_RDONLY | O_CLOEXEC) : atoi(argv[1]);
        int r = fd < 0 ? -errno : fd < 3 && !supervised ? -EINVAL : app_config_read(fd, &config);
        if (r < 0)
                return complain("read the app's configuration", -r);
        close(fd);

        umask(0022);
        if (!supervised)
                return execute(&config);

        /* Where syslog(3) looks for the journal's socket, which stage1 has bound in. */
        (void) !symlink("/run/systemd/journal/dev-log", "/dev/log");

        if (fcntl(INIT_STATUS_FD, F_SETFD, FD_CLOEXEC) < 0)
                return complain("keep the status pipe from the app", errno);

        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        return supervise(&config, &all);
}
