/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: one app of a running pod, from the stage's side.
 * Never: decides what becomes of the pod when an app has ended; waits for any of the app's sides.
 * Follows: pod/init-config.h, pod/app-state.h. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/clock.h"
#include "basic/fd-pass.h"
#include "basic/fd.h"
#include "basic/local-socket.h"
#include "basic/str.h"
#include "pod/annotations.h"
#include "stage/cgroup.h"
#include "stage/limits.h"
#include "stage/running-app.h"
#include "stage/services.h"
#include "stage/status.h"

/* StartLimitBurst= and StartLimitIntervalSec= of systemd-system.conf(5), if nobody has set them. */
#define START_LIMIT 5
#define START_LIMIT_USEC (10 * UINT64_C(1000000))

int running_app_open(const StageApp *app, RunningApp *ret) {
        const char *name = app->app->name;
        uid_t owner = app->stage->uid_base;

        *ret = RUNNING_APP_NULL;
        ret->app = app;
        int r = attach_open(app, &ret->attach);
        if (r >= 0)
                r = stream_open(name, STDOUT_FILENO, owner, ret->attach, &ret->out);
        if (r >= 0)
                r = stream_open(name, STDERR_FILENO, owner, ret->attach, &ret->err);

        return r;
}

void running_app_done(RunningApp *a) {
        stream_close(&a->out);
        stream_close(&a->err);
        stream_close(&a->terminal);
        attach_close(a->attach);
        fd_close(a->listener);
        fd_close(a->handlers);
        fd_close(a->status);
        fd_close(a->leader);
        fd_close(a->memory);
        app_state_done(&a->state);
}

/* For the root of the pod only. Returns the socket. */
static int listen_at(int directory, const char *name, uid_t owner) {
        _cleanup_close_ int fd = local_socket_bind(directory, name, SOCK_SEQPACKET | SOCK_NONBLOCK);
        if (fd < 0)
                return fd;
        if (fchmodat(directory, name, 0600, 0) < 0 || fchownat(directory, name, owner, owner, 0) < 0 ||
            listen(fd, 1) < 0)
                return -errno;

        return TAKE_FD(fd);
}

int running_app_listen(RunningApp *a) {
        uid_t owner = a->app->stage->uid_base;

        _cleanup_close_ int directory = dir_open_at(a->app->place_fd, "gantry", 0755);
        if (directory < 0)
                return directory;
        _cleanup_close_ int listener = listen_at(directory, INIT_STATUS_NAME, owner);
        _cleanup_close_ int handlers = listen_at(directory, INIT_STREAMS_NAME, owner);
        if (listener < 0 || handlers < 0)
                return listener < 0 ? listener : handlers;

        a->listener = TAKE_FD(listener);
        a->handlers = TAKE_FD(handlers);
        return 0;
}

void running_app_set_leader(RunningApp *a, pid_t pid) {
        fd_close(a->leader);
        fd_close(a->memory);
        a->leader = pidfd_open(pid, 0);
        a->memory = cgroup_open_memory_events(pid);
        a->state.leader = pid;
        if (a->state.phase == APP_RUNNING)
                (void) app_state_write(a->app->fd, &a->state);
}

/* For those who look at the pod. It runs as well if they do not see that. */
static void enter_phase(RunningApp *a, AppPhase phase) {
        a->state.phase = phase;
        a->state.since_usec = now_usec(CLOCK_REALTIME);
        if (phase == APP_RUNNING)
                a->state.started_usec = a->state.since_usec;
        else
                a->state.leader = 0;
        (void) app_state_write(a->app->fd, &a->state);
}

int running_app_exit_status(const RunningApp *a) {
        switch (a->last.event) {
        case INIT_KILLED:
        case INIT_DUMPED: return 128 + a->last.value;
        case INIT_STARTED: return 128 + SIGKILL; /* gantry-init was killed, and the app with it */
        case INIT_EXITED:
        case INIT_FAILED: return a->last.value;
        default: return EXIT_GANTRY;
        }
}

static int signal_of(const InitStatus *s) {
        return s->event == INIT_KILLED || s->event == INIT_DUMPED ? s->value
               : s->event == INIT_STARTED                         ? SIGKILL
                                                                  : 0;
}

static void keep_record(RunningApp *a) {
        int sig = signal_of(&a->last);
        bool oom = sig == SIGKILL && (a->out_of_memory || cgroup_memory_ran_out(a->memory));
        int64_t code = running_app_exit_status(a);

        exit_record_done(&a->state.last);
        a->state.last = (ExitRecord) {
                .when_usec = now_usec(CLOCK_REALTIME),
                .code = code,
                .signal = sig,
                .core = a->last.event == INIT_DUMPED,
                .oom = oom,
        };
        (void) str_copy(oom         ? "oom-kill"
                        : sig > 0   ? a->state.last.core ? "core-dump" : "signal"
                        : code == 0 ? "success"
                                    : "exit-code",
                        &a->state.last.result);
}

/* Counts as systemd does by default. */
static void count_start(RunningApp *a) {
        uint64_t now = now_usec(CLOCK_REALTIME);

        if (a->starts.since_usec + START_LIMIT_USEC < now)
                a->starts = (struct Starts) { .since_usec = now };
        a->starts.n++;
}

static bool had_enough_starts(const RunningApp *a) {
        return a->starts.n >= START_LIMIT &&
               a->starts.since_usec + START_LIMIT_USEC > now_usec(CLOCK_REALTIME);
}

/* Whether systemd is going to, as far as that can be told from here. */
static bool comes_again(const RunningApp *a) {
        const char *policy = pairs_get(&a->app->app->annotations, ANNOTATION_RESTART);
        bool clean = a->state.last.code == 0;

        if (!policy || a->told_to_stop || a->out.app < 0 || had_enough_starts(a))
                return false;
        if (streq(policy, "always") || streq(policy, "on-success"))
                return clean || streq(policy, "always");
        if (streq(policy, "on-abnormal") || streq(policy, "on-abort"))
                return a->state.last.signal > 0;

        return streq(policy, "on-failure") && !clean;
}

/* Is that its end, or did gantry-init say so before it ended itself? */
static void on_end(RunningApp *a) {
        keep_record(a);
        enter_phase(a, comes_again(a)                               ? APP_RESTARTING
                       : a->state.last.code == 0 || a->told_to_stop ? APP_EXITED
                                                                    : APP_FAILED);
        (void) shutdown(a->status, SHUT_RDWR); /* a child that carries out a command has it as well */
        a->status = fd_close(a->status);
        a->leader = fd_close(a->leader);
        a->memory = fd_close(a->memory);
}

static void on_status(RunningApp *a) {
        InitStatus status;
        int fd;

        if (status_receive(a->status, &status, &fd) < 0) {
                on_end(a);
                return;
        }
        if (fd >= 0)
                metadata_take(&a->app->stage->metadata, fd);
        if (status.event == INIT_LISTENING)
                return;

        a->last = status;
        if (status.event == INIT_STARTED)
                enter_phase(a, APP_RUNNING);
        else
                on_end(a);
}

/* The sockets that systemd listens on for it. Returns how many fds there are then. */
static size_t add_sockets(const RunningApp *a, int fds[FD_PASS_MAX], size_t n) {
        const Stage *s = a->app->stage;

        for (size_t i = 0; i < s->n_sockets && n < FD_PASS_MAX; i++)
                if (services_owns(a->app, i))
                        fds[n++] = s->sockets[i];

        return n;
}

/* Its standard streams, `in` or nothing being the first, and what else an app has. */
static int hand_out(RunningApp *a, int socket, int in, bool sockets) {
        int fds[FD_PASS_MAX];

        _cleanup_close_ int nothing = in < 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -EBADF;
        _cleanup_close_ int out = stream_open_again(&a->out);
        _cleanup_close_ int err = stream_open_again(&a->err);
        if ((in < 0 && nothing < 0) || out < 0 || err < 0)
                return -EBADF;
        fds[0] = in < 0 ? nothing : in;
        fds[1] = out;
        fds[2] = err;

        return fds_pass(socket, fds, sockets ? add_sockets(a, fds, 3) : 3);
}

/* `status` is what it reports over. */
static void begin(RunningApp *a, int status) {
        attach_started(a->attach);
        if (a->state.phase == APP_RESTARTING)
                a->state.n_restarts++;
        count_start(a);
        a->last = (InitStatus) {};
        a->told_to_stop = a->out_of_memory = false;
        a->status = status;
}

int running_app_begin(RunningApp *a, int ret_streams[static 3], int *ret_status) {
        int fds[2];

        int r = attach_renew(a->attach);
        if (r < 0)
                return r;
        _cleanup_close_ int in = attach_stdin(a->attach) < 0
                                                 ? -EBADF
                                                 : fcntl(attach_stdin(a->attach), F_DUPFD_CLOEXEC, 3);
        _cleanup_close_ int out = stream_open_again(&a->out);
        _cleanup_close_ int err = stream_open_again(&a->err);
        if (out < 0 || err < 0 ||
            socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
                return out < 0 ? out : err < 0 ? err : -errno;

        begin(a, fds[0]);
        ret_streams[0] = TAKE_FD(in);
        ret_streams[1] = TAKE_FD(out);
        ret_streams[2] = TAKE_FD(err);
        *ret_status = fds[1];
        return 0;
}

void running_app_ran_out_of_memory(RunningApp *a) {
        a->out_of_memory = true;
}

/* One gantry-init at a time. A second one could only be the app's own doing, which then has what it has already. */
static void on_connection(RunningApp *a) {
        struct ucred peer;
        socklen_t size = sizeof(peer);

        _cleanup_close_ int fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 || a->status >= 0)
                return;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || attach_renew(a->attach) < 0)
                return;
        limits_apply(a->app->app, peer.pid);
        if (hand_out(a, fd, attach_stdin(a->attach), /* sockets= */ true) < 0)
                return;

        running_app_set_leader(a, peer.pid);
        begin(a, TAKE_FD(fd));
}

/* What it prints is the app's output. It has nothing to read, and nothing is kept of it here. */
static void on_handler(RunningApp *a) {
        _cleanup_close_ int fd = accept4(a->handlers, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
                (void) hand_out(a, fd, /* in= */ -EBADF, /* sockets= */ false);
}

void running_app_end_streams(RunningApp *a) {
        a->listener = fd_close(a->listener);
        a->handlers = fd_close(a->handlers);
        stream_end(&a->out);
        stream_end(&a->err);
}

void running_app_end(RunningApp *a, int pod_status) {
        if (a->state.phase == APP_RESTARTING)
                enter_phase(a, a->state.last.code == 0 ? APP_EXITED : APP_FAILED);
        attach_end(a->attach, pod_status);
}

bool running_app_is_heard(const RunningApp *a) {
        return a->status >= 0 || a->out.from >= 0 || a->err.from >= 0 || a->terminal.from >= 0 ||
               !attach_takes(a->attach);
}

bool running_app_is_logged(const RunningApp *a) {
        return stream_is_logged(&a->out) && stream_is_logged(&a->err) && stream_is_logged(&a->terminal);
}

void running_app_leave_callers(RunningApp *a, uint64_t msec) {
        stream_leave_caller(&a->out, msec);
        stream_leave_caller(&a->err, msec);
}

static void on_attach(RunningApp *a, const struct pollfd *fds) {
        attach_dispatch(a->attach, fds);
        int master = attach_take_terminal(a->attach);
        if (master >= 0) {
                stream_close(&a->terminal);
                stream_open_terminal(a->app->app->name, master, a->attach, &a->terminal);
        }
}

enum {
        LISTENER,
        HANDLERS,
        STATUS,
        OUT,
        ERR = OUT + STREAM_POLL,
        TERMINAL = ERR + STREAM_POLL,
        ATTACH = TERMINAL + STREAM_POLL,
};

void running_app_poll(const RunningApp *a, struct pollfd fds[RUNNING_APP_POLL]) {
        fds[LISTENER] = (struct pollfd) { .fd = a->listener, .events = POLLIN };
        fds[HANDLERS] = (struct pollfd) { .fd = a->handlers, .events = POLLIN };
        fds[STATUS] = (struct pollfd) { .fd = a->status, .events = POLLIN };
        stream_poll(&a->out, fds + OUT);
        stream_poll(&a->err, fds + ERR);
        stream_poll(&a->terminal, fds + TERMINAL);
        attach_poll(a->attach, fds + ATTACH);
}

void running_app_dispatch(RunningApp *a, const struct pollfd fds[RUNNING_APP_POLL]) {
        if (fds[STATUS].revents)
                on_status(a);
        if (fds[LISTENER].revents)
                on_connection(a);
        if (fds[HANDLERS].revents)
                on_handler(a);
        stream_dispatch(&a->out, fds + OUT);
        stream_dispatch(&a->err, fds + ERR);
        stream_dispatch(&a->terminal, fds + TERMINAL);
        on_attach(a, fds + ATTACH);
}
