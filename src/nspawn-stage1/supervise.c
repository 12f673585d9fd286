/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the running nspawn: its signals, readiness, its end.
 * Never: waits for one of its sides, so that the others have to.
 * Follows: sd_notify(3); docs/ARCHITECTURE.md, "The nspawn level". */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "nspawn-stage1/attach.h"
#include "nspawn-stage1/notify.h"
#include "nspawn-stage1/nspawn-child.h"
#include "nspawn-stage1/registration.h"
#include "nspawn-stage1/stream.h"
#include "nspawn-stage1/supervise.h"
#include "pod/annotations.h"

/* More would be work for PID 1; then the app waits. */
#define NOTIFICATIONS_PER_SECOND 50
/* Without it a caller that has stopped reading could keep a pod that is to stop from ending. */
#define PATIENCE_MSEC 1000

typedef struct Supervisor {
        const Stage *stage;
        Machine *machine;
        pid_t pid;  /* of nspawn */
        int leader; /* a pidfd of gantry-init, once nspawn has told */
        int signals, status, nspawn, app;
        Attach *attach;
        Stream out, err, terminal;
        InitStatus last;
        int wait_status;
        bool running, registered, ready, stopping;
        time_t second; /* in which so many notifications were heard */
        unsigned heard;
} Supervisor;

static bool app_says_when(const Supervisor *s) {
        const char *notify = pairs_get(&s->stage->app->annotations, ANNOTATION_NOTIFY);
        return notify && streq(notify, "app");
}

static void pass_on(const Supervisor *s, int sig) {
        (void) pidfd_send_signal(s->leader, sig, NULL, 0);
}

/* When the app runs and machined knows it, what came too early is made up for. */
static void go_on(Supervisor *s) {
        if (s->leader < 0 || s->last.event != INIT_STARTED)
                return;
        if (s->ready)
                (void) sd_notify(/* unset_environment= */ false, "READY=1");
        if (s->stopping)
                pass_on(s, SIGTERM);
}

static void on_status(Supervisor *s) {
        InitStatus status;

        if (fd_read_full(s->status, &status, sizeof(status)) != sizeof(status)) {
                s->status = fd_close(s->status);
                return;
        }

        s->last = status;
        s->ready = s->ready || !app_says_when(s);
        go_on(s);
}

/* An app that has ended by now needs no entry any more. */
static void on_nspawn(Supervisor *s) {
        char message[NOTIFY_MESSAGE_MAX + 1];

        pid_t leader = notify_receive(s->nspawn, message) > 0 ? notify_leader(message) : 0;
        if (leader <= 0 || s->leader >= 0)
                return;

        s->leader = pidfd_open(leader, 0);
        if (s->leader < 0)
                return;
        if (s->machine && s->last.event <= INIT_STARTED)
                s->registered = registration_make(s->stage, s->machine, leader, s->leader);
        go_on(s);
}

static void on_app(Supervisor *s) {
        char message[NOTIFY_MESSAGE_MAX + 1];
        _cleanup_free_ char *text = NULL;

        s->heard++;
        if (notify_receive(s->app, message) <= 0)
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

static void on_signal(Supervisor *s) {
        struct signalfd_siginfo si;

        if (read(s->signals, &si, sizeof(si)) != sizeof(si))
                return;

        switch (si.ssi_signo) {
        case SIGCHLD:
                if (waitpid(s->pid, &s->wait_status, WNOHANG) == s->pid) {
                        s->running = false;
                        pass_on(s, SIGKILL); /* process 1 outlives an nspawn that was killed */
                }
                break;
        case SIGTERM:
        case SIGINT: /* gantry-init makes the app's stop signal of it */
                s->stopping = true;
                go_on(s);
                break;
        default: pass_on(s, si.ssi_signo);
        }
}

static bool is_heard(const Supervisor *s) {
        return s->out.from >= 0 || s->err.from >= 0 || s->terminal.from >= 0 || !attach_takes(s->attach);
}

static void close_streams(Supervisor *s) {
        stream_close(&s->out);
        stream_close(&s->err);
        stream_close(&s->terminal);
}

static void on_attach(Supervisor *s, const struct pollfd *fds) {
        attach_dispatch(s->attach, fds);
        int master = attach_take_terminal(s->attach);
        if (master >= 0)
                stream_open_terminal(s->stage->app->name, master, s->attach, &s->terminal);
}

enum {
        SIGNALS,
        NSPAWN,
        STATUS,
        APP,
        OUT,
        ERR = OUT + STREAM_POLL,
        TERMINAL = ERR + STREAM_POLL,
        ATTACH = TERMINAL + STREAM_POLL,
        _FDS = ATTACH + ATTACH_POLL
};

static int turn(Supervisor *s) {
        bool hears = may_hear(s);
        struct pollfd fds[_FDS] = {
                [SIGNALS] = { .fd = s->signals, .events = POLLIN },
                [NSPAWN] = { .fd = s->nspawn, .events = POLLIN },
                [STATUS] = { .fd = s->status, .events = POLLIN },
                [APP] = { .fd = hears ? s->app : -EBADF, .events = POLLIN },
        };

        stream_poll(&s->out, fds + OUT);
        stream_poll(&s->err, fds + ERR);
        stream_poll(&s->terminal, fds + TERMINAL);
        attach_poll(s->attach, fds + ATTACH);
        int n = poll(fds, ELEMENTSOF(fds), !hears ? 100 : s->stopping ? PATIENCE_MSEC : -1);
        if (n < 0)
                return errno == EINTR ? 0 : -errno;
        if (s->stopping) {
                stream_leave_caller(&s->out, PATIENCE_MSEC);
                stream_leave_caller(&s->err, PATIENCE_MSEC);
                if (n == 0 && hears)
                        attach_abandon(s->attach);
        }

        if (fds[NSPAWN].revents)
                on_nspawn(s);
        if (fds[STATUS].revents)
                on_status(s);
        if (fds[APP].revents)
                on_app(s);
        stream_dispatch(&s->out, fds + OUT);
        stream_dispatch(&s->err, fds + ERR);
        stream_dispatch(&s->terminal, fds + TERMINAL);
        on_attach(s, fds + ATTACH);
        if (fds[SIGNALS].revents)
                on_signal(s);

        return 0;
}

static int loop(Supervisor *s) {
        while (s->running || s->status >= 0 || is_heard(s)) {
                int r = turn(s);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int exit_status(const Supervisor *s) {
        int nspawn = WIFEXITED(s->wait_status) ? WEXITSTATUS(s->wait_status) : EXIT_GANTRY;

        switch (s->last.event) {
        case INIT_EXITED: return s->last.value;
        case INIT_KILLED:
        case INIT_DUMPED: return 128 + s->last.value;
        case INIT_FAILED: return nspawn;         /* gantry-init's own words: 125, 126 or 127 */
        case INIT_STARTED: return 128 + SIGKILL; /* the pod was killed as a whole */
        default: return EXIT_GANTRY;
        }
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

/* The app's notifications come by a socket in its INIT_DIRECTORY, nspawn's by one that is out of the pod's sight. */
static int listen_to_both(Supervisor *s) {
        _cleanup_close_ int directory = dir_open_at(s->stage->place_fd, "gantry", 0);
        if (directory < 0)
                return directory;

        s->app = notify_listen(directory, "notify");
        s->nspawn = notify_listen(s->stage->place_fd, NSPAWN_NOTIFY);
        return MIN(s->app, s->nspawn);
}

static int start(Supervisor *s, char *const *argv) {
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        s->status = fds[0];

        int r = nspawn_start(
                        &(NspawnChild) {
                                        .argv = argv,
                                        .in = attach_stdin(s->attach),
                                        .out = s->out.app,
                                        .err = s->err.app,
                                        .status = fds[1],
                                        .sockets = s->stage->sockets,
                                        .n_sockets = s->stage->n_sockets,
                                        .place_fd = s->stage->place_fd,
                        },
                        &s->pid);
        fd_close(fds[1]);
        s->out.app = fd_close(s->out.app);
        s->err.app = fd_close(s->err.app);
        attach_started(s->attach);
        s->running = r >= 0;

        return r;
}

static void supervisor_done(Supervisor *s) {
        close_streams(s);
        attach_close(s->attach);
        fd_close(s->app);
        fd_close(s->nspawn);
        fd_close(s->status);
        fd_close(s->signals);
        fd_close(s->leader);
}

int nspawn_supervise(const Stage *stage, char *const *argv, Machine *machine, InitStatus *ret_last) {
        _cleanup_(supervisor_done) Supervisor s = {
                .stage = stage,
                .machine = machine,
                .leader = -EBADF,
                .signals = take_signals(),
                .status = -EBADF,
                .nspawn = -EBADF,
                .app = -EBADF,
                .out = STREAM_NONE,
                .err = STREAM_NONE,
                .terminal = STREAM_NONE,
        };

        int r = s.signals;
        if (r >= 0)
                r = attach_open(stage, &s.attach);
        if (r >= 0)
                r = stream_open(stage->app->name, STDOUT_FILENO, stage->uid_base, s.attach, &s.out);
        if (r >= 0)
                r = stream_open(stage->app->name, STDERR_FILENO, stage->uid_base, s.attach, &s.err);
        if (r >= 0)
                r = listen_to_both(&s);
        if (r >= 0)
                r = start(&s, argv);
        if (r >= 0)
                r = loop(&s);
        if (s.registered)
                (void) machine_unregister(machine);
        if (r < 0)
                return r;

        attach_end(s.attach, exit_status(&s));
        *ret_last = s.last;
        return exit_status(&s);
}
