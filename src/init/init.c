/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: process 1 of an app: starts it under its identity, passes signals on, reaps, reports
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
#include "init/manager.h"
#include "init/metadata.h"
#include "init/mounts.h"
#include "init/pids.h"
#include "init/privileges.h"
#include "init/root.h"
#include "init/services.h"
#include "init/stage-link.h"
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

        report(INIT_FAILED, EXIT_GANTRY);
        return EXIT_GANTRY;
}

static int exit_status_of(int error) {
        return error == ENOENT || error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/* Of identity_apply(). */
static const char *reason(int error) {
        switch (error) {
        case ESRCH: return "the image's /etc/passwd or /etc/group has no such name";
        case ERANGE: return "it has an ID beyond those of the pod, 0 to 65535";
        case ENOKEY: return "systemd has none of them: the host has no credential of this name";
        default: return strerror(error);
        }
}

/* Becomes the app. Returns the exit status of the failure. */
static int execute(AppConfig *c) {
        const char *what;
        sigset_t none;

        int r = c->terminal ? terminal_make() : 0;
        if (r >= 0 && c->terminal && c->first && !c->host)
                r = console_show_terminal();
        if (r < 0) {
                fprintf(stderr, "Cannot make a terminal for '%s': %s\n", c->argv[0], strerror(-r));
                errno = -r;
                return EXIT_GANTRY;
        }
        r = identity_apply(c, &what);
        if (r < 0) {
                fprintf(stderr, "Cannot %s for '%s' (user '%s%s%s', working directory '%s'): %s\n", what,
                        c->argv[0], c->user, c->group ? ":" : "", c->group ? c->group : "",
                        c->working_directory, reason(-r));
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

                while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                        ;
                report(INIT_FAILED, WEXITSTATUS(status));
                return -WEXITSTATUS(status);
        }

        services_forget(c);
        report(INIT_STARTED, 0);
        if (c->ready)
                manager_tell_ready();
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

static int supervise(AppConfig *c) {
        sigset_t all;

        sigfillset(&all);
        pid_t app = start(c);
        if (app < 0)
                return -app;

        for (;;) {
                int sig = sigwaitinfo(&all, NULL);

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

        int r = c->host ? 0 : console_make();
        if (r < 0)
                return complain("make", "/dev/console", -r);
        r = mounts_apply(c, &object);
        if (r < 0)
                return complain("cover", object, -r);
        r = sysctl_apply(c, &object);
        if (r < 0)
                return complain("set kernel parameter", object, -r);
        r = metadata_listen(c);
        if (r < 0)
                return complain("listen for the metadata service", NULL, -r);

        return 0;
}

/* The rest of a life as process 1, or as what comes closest to it. */
static int live(AppConfig *c) {
        /* Where syslog(3) looks for the journal's socket, which stage1 has bound in. */
        if (!c->host)
                (void) !symlink("/run/systemd/journal/dev-log", "/dev/log");

        if (fcntl(INIT_STATUS_FD, F_SETFD, FD_CLOEXEC) < 0)
                return complain("keep the status socket from the app", NULL, errno);

        c->first = true;
        int status = arrange_pod(c);
        return status > 0 ? status : supervise(c);
}

static int read_orders(int fd, AppConfig *ret) {
        int r = fd < 0 ? -errno : app_config_read(fd, ret);
        if (r < 0)
                return complain("read the app's configuration", NULL, -r);

        close(fd);
        umask(0022);
        return 0;
}

static int read_named_orders(const char *name, AppConfig *ret) {
        char path[sizeof(INIT_DIRECTORY) + 32];

        (void) snprintf(path, sizeof(path), INIT_DIRECTORY "/%s", name);
        return read_orders(open(path, O_RDONLY | O_CLOEXEC), ret);
}

/* The only app of a pod, whose process 1 this is. */
static int run_alone(void) {
        AppConfig config;

        int status = read_named_orders(INIT_ORDERS, &config);
        return status > 0 ? status : live(&config);
}

/* One more process of an app that runs: there is nothing to supervise. */
static int run_further(int fd) {
        AppConfig config;

        /* Others are in the pod: it is not theirs on its way into the cage. */
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return complain("hide from the pod", "", errno);
        errno = EINVAL;
        int status = read_orders(fd < 3 ? -1 : fd, &config);

        return status > 0 ? status : execute(&config);
}

/* Processes are counted anew from here on, or else orphans come here all the same. 0 or -errno. */
static int own_processes(const AppConfig *c) {
        if (c->share_pid)
                return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ? -errno : 0;

        return pids_show();
}

static int serve(AppConfig *c) {
        int r = stage_link(services_count(c));
        if (r < 0)
                return complain("reach the stage of the pod", NULL, -r);
        r = manager_open(); /* anew: where it was the app's fds are now */
        if (r >= 0)
                r = own_processes(c);
        int status = r < 0 ? complain("show the app its processes", NULL, -r) : live(c);

        stage_unlink();
        return status;
}

/* An app of several: the service's process. Its place is taken by process 1 of the app. */
static int run_service(void) {
        AppConfig config;

        int status = read_named_orders(INIT_ORDERS, &config);
        if (status > 0)
                return status;
        services_take_from_manager(&config);
        int r = manager_open();
        if (r < 0)
                return complain("reach the systemd in the pod", NULL, -r);
        if (config.share_pid)
                return serve(&config);

        pid_t pid = pids_fork(/* in_my_place= */ true);
        if (pid == 0)
                return serve(&config);
        r = pid < 0 ? pid : manager_tell_main(pid);
        return r < 0 ? complain("give the app processes of its own", NULL, -r) : 0;
}

static int wait_for_handler(pid_t pid) {
        sigset_t all;
        int status;

        sigfillset(&all);
        for (;;) {
                int sig = sigwaitinfo(&all, NULL);

                if (sig == SIGCHLD && waitpid(pid, &status, WNOHANG) == pid)
                        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
                if (sig > 0 && sig != SIGCHLD)
                        kill(pid, sig);
        }
}

/* Something that is to be done before the app, or after it. The stage wants no reports of that. */
static int run_handler(const char *orders) {
        AppConfig config;

        int status = read_named_orders(orders, &config);
        if (status > 0)
                return status;
        int r = stage_streams();
        if (r < 0)
                return complain("reach the stage of the pod for", orders, -r);
        int nobody = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (nobody < 0 || dup2(nobody, INIT_STATUS_FD) < 0)
                return complain("begin", orders, errno);

        pid_t pid = config.share_pid ? 0 : pids_fork(/* in_my_place= */ false);
        if (pid > 0)
                return wait_for_handler(pid);
        r = pid < 0 ? pid : own_processes(&config);
        return r < 0 ? complain("give it processes of its own", orders, -r) : live(&config);
}

/* In a pod that boots, this process begins in the systemd's root. 0, or the exit status of the failure. */
static int enter_root(const char *place) {
        int r = root_enter(place);
        return r < 0 ? complain("make the root of the app in", place, -r) : 0;
}

int main(int argc, char **argv) {
        const char *what = argc < 2 ? NULL : argv[1];
        sigset_t all;

        if (what && atoi(what) > 0) /* `gantry exec` puts the orders on the fd it names */
                return run_further(atoi(what));

        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL); /* what comes too early is waited for later */
        if (!what)
                return run_alone();

        int status = argc < 3 ? 0 : enter_root(argv[2]);
        if (status > 0)
                return status;
        return strcmp(what, INIT_ORDERS) == 0 ? run_service() : run_handler(what);
}
