/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the running nspawn: its signals, readiness, its end.
 * Never: waits for one of its sides, so that the others have to.
 * Follows: sd_notify(3); docs/ARCHITECTURE.md, "The nspawn level". */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "nspawn-stage1/cgroup.h"
#include "nspawn-stage1/command.h"
#include "nspawn-stage1/commands.h"
#include "nspawn-stage1/notify.h"
#include "nspawn-stage1/nspawn-child.h"
#include "nspawn-stage1/pod-status.h"
#include "nspawn-stage1/registration.h"
#include "nspawn-stage1/running-app.h"
#include "nspawn-stage1/settings-link.h"
#include "nspawn-stage1/supervise.h"
#include "pod/annotations.h"

/* More would be work for PID 1; then the app waits. */
#define NOTIFICATIONS_PER_SECOND 50
/* Without it a caller that has stopped reading could keep a pod that is to stop from ending. */
#define PATIENCE_MSEC 1000

struct Supervisor {
        Stage *stage;
        Machine *machine;
        pid_t pid;  /* of nspawn */
        int leader; /* a pidfd of the pod's process 1, once nspawn has told */
        int signals, nspawn, notify;
        int settings; /* where nspawn waits to read them */
        int cgroup;   /* the unit's, or -EBADF */
        Commands commands;
        RunningApp *apps;
        struct pollfd *fds; /* _FDS, and RUNNING_APP_POLL for each app */
        bool running, registered, ready, stopping;
        time_t second; /* in which so many notifications were heard */
        unsigned heard;
};

static bool app_says_when(const Supervisor *s) {
        return stage_app_is(&s->stage->apps[0], ANNOTATION_NOTIFY, "app");
}

static void for_each_app(Supervisor *s, void (*f)(RunningApp *a)) {
        for (size_t i = 0; i < s->stage->n_apps; i++)
                f(&s->apps[i]);
}

static void pass_on(const Supervisor *s, int sig) {
        (void) pidfd_send_signal(s->leader, sig, NULL, 0);
}

/* Does it run what it is there for? A systemd is asked to stop at any time. */
static bool has_begun(const Supervisor *s) {
        return s->leader >= 0 && (s->stage->boots || s->apps[0].last.event == INIT_STARTED);
}

/* When the pod runs and machined knows it, what came too early is made up for. */
static void go_on(Supervisor *s) {
        if (!has_begun(s))
                return;
        if (s->ready)
                (void) sd_notify(/* unset_environment= */ false, "READY=1");
        if (s->stopping)
                pass_on(s, s->stage->boots ? SIGRTMIN + 4 : SIGTERM);
}

/* An app that has ended by now needs no entry any more. */
static void on_leader(Supervisor *s, pid_t leader) {
        s->leader = pidfd_open(leader, 0);
        if (s->leader < 0)
                return;
        int r = metadata_listen(&s->stage->metadata, s->leader);
        if (r < 0)
                log_warning_errno(r, "Cannot listen for the metadata service of pod '%s': %m",
                                  s->stage->pod.name);
        if (!s->stage->boots)
                running_app_set_leader(&s->apps[0], leader);
        if (s->machine && s->apps[0].last.event <= INIT_STARTED)
                s->registered = registration_make(s->stage, s->machine, leader, s->leader);
        go_on(s);
}

/* The systemd in the pod has nothing to do any more but to wait. */
static void on_booted(Supervisor *s) {
        s->ready = true;
        go_on(s);
}

static void on_nspawn(Supervisor *s) {
        char message[NOTIFY_MESSAGE_MAX + 1];
        NspawnNews news = {};

        if (notify_receive(s->nspawn, message) > 0)
                notify_parse_nspawn(message, &news);
        if (news.leader > 0 && s->leader < 0)
                on_leader(s, news.leader);
        if (news.ready && s->stage->boots)
                on_booted(s);
}

static void on_notification(Supervisor *s) {
        char message[NOTIFY_MESSAGE_MAX + 1];
        _cleanup_free_ char *text = NULL;

        s->heard++;
        if (notify_receive(s->notify, message) <= 0)
                return;
        int r = notify_filter(message, &text);
        if (r < 0)
                return;

        if (*text)
                (void) sd_notify(/* unset_environment= */ false, text);
        if (r > 0 && (s->ready || app_says_when(s))) {
                s->ready = true;
                go_on(s);
        }
}

static bool may_hear(Supervisor *s) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec != s->second) {
                s->second = now.tv_sec;
                s->heard = 0;
        }

        return s->heard < NOTIFICATIONS_PER_SECOND;
}

static void on_end(Supervisor *s) {
        s->running = false;
        pass_on(s, SIGKILL); /* process 1 outlives an nspawn that was killed */
        for_each_app(s, running_app_end_streams);
}

/* There are others, too, who carry out commands: nobody waits for them. */
static void on_child(Supervisor *s) {
        int status;

        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
                metadata_reap(&s->stage->metadata, pid, status);
                if (pid == s->pid)
                        on_end(s);
        }
}

static void tell_to_stop(RunningApp *a) {
        a->told_to_stop = true;
}

static void on_signal(Supervisor *s) {
        struct signalfd_siginfo si;

        if (read(s->signals, &si, sizeof(si)) != sizeof(si))
                return;

        switch (si.ssi_signo) {
        case SIGCHLD: on_child(s); break;
        case SIGTERM:
        case SIGINT: /* gantry-init makes the app's stop signal of it */
                s->stopping = true;
                for_each_app(s, tell_to_stop);
                go_on(s);
                break;
        default:
                for (size_t i = 0; i < s->stage->n_apps; i++)
                        (void) pidfd_send_signal(s->apps[i].leader, si.ssi_signo, NULL, 0);
        }
}

/* What the first report of an app that is alone means for its pod. */
static void on_reports(Supervisor *s, InitStatus before) {
        if (s->stage->boots || before.event == s->apps[0].last.event)
                return;

        s->ready = s->ready || !app_says_when(s);
        go_on(s);
}

/* An app that was told to stop has not failed when it does. */
static void on_command(Supervisor *s, Command *c) {
        for (size_t i = 0; i < s->stage->n_apps; i++)
                if (s->apps[i].app == c->app)
                        s->apps[i].told_to_stop = c->verb != CONTROL_START;

        command_carry_out(s->stage, s->leader, c);
}

enum { SIGNALS, NSPAWN, NOTIFY, METADATA, COMMANDS, _FDS };

static void on_commands(Supervisor *s) {
        Command c;

        if (commands_dispatch(&s->commands, s->stage, &s->fds[COMMANDS], &c))
                on_command(s, &c);
}

static void fill(const Supervisor *s, bool hears) {
        s->fds[SIGNALS] = (struct pollfd) { .fd = s->signals, .events = POLLIN };
        s->fds[NSPAWN] = (struct pollfd) { .fd = s->nspawn, .events = POLLIN };
        s->fds[NOTIFY] = (struct pollfd) { .fd = hears ? s->notify : -EBADF, .events = POLLIN };
        metadata_poll(&s->stage->metadata, &s->fds[METADATA]);
        commands_poll(&s->commands, &s->fds[COMMANDS]);
        for (size_t i = 0; i < s->stage->n_apps; i++)
                running_app_poll(&s->apps[i], s->fds + _FDS + i * RUNNING_APP_POLL);
}

/* Whoever waits for a pod that is to stop has had his time. */
static void lose_patience(Supervisor *s, bool quiet) {
        for (size_t i = 0; i < s->stage->n_apps; i++) {
                running_app_leave_callers(&s->apps[i], PATIENCE_MSEC);
                if (quiet)
                        attach_abandon(s->apps[i].attach);
        }
}

static void dispatch(Supervisor *s) {
        InitStatus before = s->apps[0].last;

        if (s->fds[NSPAWN].revents)
                on_nspawn(s);
        for (size_t i = 0; i < s->stage->n_apps; i++)
                running_app_dispatch(&s->apps[i], s->fds + _FDS + i * RUNNING_APP_POLL);
        on_reports(s, before);
        if (s->fds[NOTIFY].revents)
                on_notification(s);
        metadata_dispatch(&s->stage->metadata, &s->fds[METADATA]);
        on_commands(s);
        if (s->fds[SIGNALS].revents)
                on_signal(s);
}

static int turn(Supervisor *s) {
        bool hears = may_hear(s);

        fill(s, hears);
        int n = poll(s->fds, _FDS + s->stage->n_apps * RUNNING_APP_POLL,
                     !hears        ? 100
                     : s->stopping ? PATIENCE_MSEC
                                   : -1);
        if (n < 0)
                return errno == EINTR ? 0 : -errno;
        if (s->stopping)
                lose_patience(s, n == 0 && hears);
        dispatch(s);

        return 0;
}

static bool is_heard(const Supervisor *s) {
        for (size_t i = 0; i < s->stage->n_apps; i++)
                if (running_app_is_heard(&s->apps[i]))
                        return true;

        return false;
}

static int loop(Supervisor *s) {
        while (s->running || is_heard(s)) {
                int r = turn(s);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int take_signals(void) {
        static const int taken[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
        sigset_t mask;

        sigemptyset(&mask);
        for (size_t i = 0; i < ELEMENTSOF(taken); i++)
                sigaddset(&mask, taken[i]);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        signal(SIGPIPE, SIG_IGN);

        int fd = signalfd(-1, &mask, SFD_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* nspawn's notifications come by a socket that is out of the pod's sight, those of an app that is alone by one in its INIT_DIRECTORY.
 * Other apps talk to the systemd in the pod. */
static int listen_to_all(Supervisor *s) {
        int r = s->nspawn = notify_listen(s->stage->place_fd, NSPAWN_NOTIFY);
        if (r >= 0 && !s->stage->boots) {
                _cleanup_close_ int directory = dir_open_at(s->stage->apps[0].place_fd, "gantry", 0755);
                if (directory < 0)
                        return directory;
                return s->notify = notify_listen(directory, INIT_NOTIFY_NAME);
        }
        for (size_t i = 0; r >= 0 && i < s->stage->n_apps; i++)
                r = running_app_listen(&s->apps[i]);

        return r < 0 ? r : commands_listen(s->stage, &s->commands);
}

static int start_child(Supervisor *s, NspawnChild *c) {
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        s->settings = fds[1];
        c->settings = fds[0];
        c->place_fd = s->stage->place_fd;

        int r = settings_link(s->stage, nspawn_settings_fd(c));
        if (r >= 0)
                r = nspawn_start(c, &s->pid);
        fd_close(fds[0]);
        s->running = r >= 0;

        return r;
}

/* nspawn is the one that makes room for processes of the pod below the unit's cgroup; it can only if nobody else is in there. */
static int start_booting(Supervisor *s, char *const *argv) {
        _cleanup_close_ int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (nothing < 0)
                return -errno;

        s->cgroup = cgroup_open();
        int r = cgroup_leave(s->cgroup);
        if (r < 0)
                return r;

        return start_child(s, &(NspawnChild) {
                                              .argv = argv,
                                              .in = nothing,
                                              .out = nothing,
                                              .err = STDERR_FILENO,
                                              .status = -EBADF,
                                              .cgroup_fd = s->cgroup,
                              });
}

/* Its streams are the app's. */
static int start_alone(Supervisor *s, char *const *argv) {
        RunningApp *a = &s->apps[0];
        int fds[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        a->status = fds[0];

        int r = start_child(s, &(NspawnChild) {
                                               .argv = argv,
                                               .in = attach_stdin(a->attach),
                                               .out = a->out.app,
                                               .err = a->err.app,
                                               .status = fds[1],
                                               .sockets = s->stage->sockets,
                                               .n_sockets = s->stage->n_sockets,
                                               .cgroup_fd = -EBADF,
                               });
        fd_close(fds[1]);
        attach_started(a->attach);
        running_app_end_streams(a);

        return r;
}

static int open_apps(Supervisor *s) {
        size_t n = s->stage->n_apps;
        int r = 0;

        s->apps = calloc(n, sizeof(RunningApp));
        s->fds = calloc(_FDS + n * RUNNING_APP_POLL, sizeof(struct pollfd));
        if (!s->apps || !s->fds)
                return -ENOMEM;
        if (s->stage->boots)
                fd_limit_raise(); /* it is also how many can be polled for; nspawn gives the pod the usual one */
        for (size_t i = 0; i < n; i++)
                s->apps[i] = RUNNING_APP_NULL;
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = running_app_open(&s->stage->apps[i], &s->apps[i]);

        return r;
}

Supervisor *supervisor_free(Supervisor *s) {
        if (!s)
                return NULL;

        if (s->running) { /* before the pipe is closed, for that would let it go on */
                (void) kill(s->pid, SIGKILL);
                (void) waitpid(s->pid, NULL, 0);
        }
        if (s->apps)
                for_each_app(s, running_app_done);
        free(s->apps);
        free(s->fds);
        commands_close(&s->commands);
        fd_close(s->settings);
        fd_close(s->cgroup);
        fd_close(s->notify);
        fd_close(s->nspawn);
        fd_close(s->signals);
        fd_close(s->leader);
        free(s);
        return NULL;
}

int supervisor_start(Stage *stage, char *const *argv, Supervisor **ret) {
        _cleanup_(supervisor_freep) Supervisor *s = malloc(sizeof(Supervisor));
        if (!s)
                return -ENOMEM;

        *s = (Supervisor) {
                .stage = stage,
                .leader = -EBADF,
                .signals = -EBADF,
                .nspawn = -EBADF,
                .notify = -EBADF,
                .settings = -EBADF,
                .cgroup = -EBADF,
                .commands = COMMANDS_NONE,
        };
        int r = open_apps(s);
        if (r >= 0)
                r = listen_to_all(s);
        if (r >= 0)
                r = stage->boots ? start_booting(s, argv) : start_alone(s, argv);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(s);
        return 0;
}

/* One that has ended by now does not take them; that shows. On failure the pipe stays open: its end would let nspawn go on. */
static int send_settings(Supervisor *s) {
        _cleanup_blob_ Blob settings = {};

        int r = command_settings(s->stage, &settings);
        if (r >= 0)
                r = fd_write_full(s->settings, settings.data, settings.size);
        if (r < 0 && r != -EPIPE)
                return r;

        s->settings = fd_close(s->settings);
        return 0;
}

int supervisor_run(Supervisor *s, Machine *machine, InitStatus *ret_last) {
        s->machine = machine;
        s->signals = take_signals();

        int r = s->signals;
        if (r >= 0)
                r = send_settings(s);
        if (r < 0)
                return r;
        on_child(s); /* there was no signal for it */
        r = loop(s);
        if (s->registered)
                (void) machine_unregister(machine);
        if (r < 0)
                return r;

        int status = pod_status(s->stage, s->apps, s->stopping, ret_last);
        for (size_t i = 0; i < s->stage->n_apps; i++)
                running_app_end(&s->apps[i], status);
        return status;
}
