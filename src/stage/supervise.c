/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: a running pod as its unit sees it: signals, readiness, its end.
 * Never: waits for one of its sides, so that the others have to; knows what runs it.
 * Follows: sd_notify(3); docs/ARCHITECTURE.md, "The nspawn level". */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/per-second.h"
#include "pod/annotations.h"
#include "stage/notify.h"
#include "stage/pod-status.h"
#include "stage/registration.h"
#include "stage/supervise.h"

/* More would be work for PID 1; then the app waits. */
#define NOTIFICATIONS_PER_SECOND 50
/* Without it a caller that has stopped reading could keep a pod that is to stop from ending. */
#define PATIENCE_MSEC 1000
/* A journald that has to be started first, for a namespace of the unit's own, takes a moment. */
#define JOURNAL_MSEC 2000

/* What machined sends to the leader of a machine that is to power off: of a virtual one, that is this process. */
#define POWER_OFF ((unsigned) SIGRTMIN + 4)

struct Supervisor {
        Stage *stage;
        const Payload *payload;
        Machine *machine;
        int signals, notify;
        Commands commands;
        RunningApp *apps;
        struct pollfd *fds; /* _FDS, RUNNING_APP_POLL for each app, and those of the payload */
        bool running, begun, registered, ready, stopping;
        PerSecond heard; /* notifications */
};

static bool app_says_when(const Supervisor *s) {
        return stage_app_is(&s->stage->apps[0], ANNOTATION_NOTIFY, "app");
}

static void for_each_app(Supervisor *s, void (*f)(RunningApp *a)) {
        for (size_t i = 0; i < s->stage->n_apps; i++)
                f(&s->apps[i]);
}

/* Does it run what it is there for? */
static bool has_begun(const Supervisor *s) {
        return s->begun && (s->stage->boots || s->apps[0].last.event == INIT_STARTED);
}

/* A systemd can be asked at any time, and so can the agent of a virtual machine. */
static bool can_stop(const Supervisor *s) {
        return has_begun(s) || (s->begun && s->stage->vm);
}

/* When the pod runs and machined knows it, what came too early is made up for. */
static void go_on(Supervisor *s) {
        if (s->ready && has_begun(s))
                (void) sd_notify(/* unset_environment= */ false, "READY=1");
        if (s->stopping && can_stop(s))
                s->payload->stop(s->payload->data);
}

/* An app that has ended by now needs no entry any more. */
void supervisor_begin(Supervisor *s, pid_t leader, int leader_pidfd) {
        s->begun = true;
        if (s->machine && s->apps[0].last.event <= INIT_STARTED)
                s->registered = registration_make(s->stage, s->machine, leader, leader_pidfd);
        go_on(s);
}

void supervisor_booted(Supervisor *s) {
        s->ready = true;
        go_on(s);
}

void supervisor_end(Supervisor *s) {
        s->running = false;
        for_each_app(s, running_app_end_streams);
}

static bool may_hear(const Supervisor *s) {
        return per_second_count(&s->heard) < NOTIFICATIONS_PER_SECOND;
}

int supervisor_notify(Supervisor *s, char *message) {
        _cleanup_free_ char *text = NULL;

        if (!may_hear(s))
                return -EAGAIN;
        (void) per_second_add(&s->heard, 1);
        int r = notify_filter(message, &text);
        if (r < 0)
                return r;

        if (*text)
                (void) sd_notify(/* unset_environment= */ false, text);
        if (r > 0 && (s->ready || app_says_when(s))) {
                s->ready = true;
                go_on(s);
        }
        return 0;
}

static void on_notification(Supervisor *s) {
        char message[NOTIFY_MESSAGE_MAX + 1];

        if (notify_receive(s->notify, message) > 0)
                (void) supervisor_notify(s, message);
        else
                (void) per_second_add(&s->heard, 1);
}

/* There are others, too, who carry out commands: nobody waits for them. */
static void on_child(Supervisor *s) {
        int status;

        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
                metadata_reap(&s->stage->metadata, pid, status);
                s->payload->ended(s->payload->data, pid, status);
        }
}

static void tell_to_stop(RunningApp *a) {
        a->told_to_stop = true;
}

/* gantry-init makes the app's stop signal of it. */
static void on_stop(Supervisor *s) {
        s->stopping = true;
        for_each_app(s, tell_to_stop);
        go_on(s);
}

static void on_signal(Supervisor *s) {
        struct signalfd_siginfo si;

        if (read(s->signals, &si, sizeof(si)) != sizeof(si))
                return;
        if (si.ssi_signo == SIGCHLD)
                on_child(s);
        else if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT || si.ssi_signo == POWER_OFF)
                on_stop(s);
        else
                for (size_t i = 0; i < s->stage->n_apps; i++)
                        s->payload->signal(s->payload->data, &s->apps[i], si.ssi_signo);
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
        bool executes = c->request.fds.orders >= 0;

        if (!s->stage->boots && !executes) {
                (void) control_answer(c->connection, -EOPNOTSUPP,
                                      "it is all that the pod has, and ends and begins with it");
                return;
        }
        for (size_t i = 0; i < s->stage->n_apps; i++)
                if (s->apps[i].app == c->app && !executes)
                        s->apps[i].told_to_stop = c->request.verb != CONTROL_START;

        s->payload->command(s->payload->data, c);
}

enum { SIGNALS, NOTIFY, METADATA, COMMANDS, _FDS };

static void on_commands(Supervisor *s) {
        _cleanup_command_ Command c = COMMAND_NONE;

        if (commands_dispatch(&s->commands, s->stage, &s->fds[COMMANDS], &c))
                on_command(s, &c);
}

static struct pollfd *fds_of_app(const Supervisor *s, size_t i) {
        return s->fds + _FDS + i * RUNNING_APP_POLL;
}

static struct pollfd *fds_of_payload(const Supervisor *s) {
        return fds_of_app(s, s->stage->n_apps);
}

/* Returns how many ms to wait. */
static int fill(const Supervisor *s, bool hears) {
        s->fds[SIGNALS] = (struct pollfd) { .fd = s->signals, .events = POLLIN };
        s->fds[NOTIFY] = (struct pollfd) { .fd = hears ? s->notify : -EBADF, .events = POLLIN };
        metadata_poll(&s->stage->metadata, &s->fds[METADATA]);
        commands_poll(&s->commands, &s->fds[COMMANDS]);
        for (size_t i = 0; i < s->stage->n_apps; i++)
                running_app_poll(&s->apps[i], fds_of_app(s, i));

        int asked = s->payload->poll(s->payload->data, fds_of_payload(s));
        int own = !hears ? 100 : s->stopping ? PATIENCE_MSEC : -1;
        return asked < 0 ? own : own < 0 ? asked : MIN(asked, own);
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

        s->payload->dispatch(s->payload->data, fds_of_payload(s));
        for (size_t i = 0; i < s->stage->n_apps; i++)
                running_app_dispatch(&s->apps[i], fds_of_app(s, i));
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

        int timeout = fill(s, hears);
        int n = poll(s->fds, fds_of_payload(s) - s->fds + s->payload->n_fds, timeout);
        if (n < 0)
                return errno == EINTR ? 0 : -errno;
        if (s->stopping)
                lose_patience(s, n == 0 && timeout == PATIENCE_MSEC);
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

static bool is_logged(const Supervisor *s) {
        for (size_t i = 0; i < s->stage->n_apps; i++)
                if (!running_app_is_logged(&s->apps[i]))
                        return false;

        return true;
}

/* To be there as long as journald may want to know whose the last words are. */
static void wait_for_journal(const Supervisor *s) {
        for (unsigned msec = 0; msec < JOURNAL_MSEC && !is_logged(s); msec++)
                usleep(1000);
}

static int take_signals(const Supervisor *s) {
        static const int taken[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
        sigset_t mask;

        sigemptyset(&mask);
        for (size_t i = 0; i < ELEMENTSOF(taken); i++)
                sigaddset(&mask, taken[i]);
        if (s->stage->vm)
                sigaddset(&mask, (int) POWER_OFF);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        signal(SIGPIPE, SIG_IGN);

        int fd = signalfd(-1, &mask, SFD_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* The notifications of an app that is alone come by a socket in its INIT_DIRECTORY. Other apps talk to the systemd in the pod. Nothing of this
 * can be reached from a virtual machine; but commands that others can run by themselves are asked for there. */
static int listen_to_all(Supervisor *s) {
        int r = 0;

        if (s->stage->vm)
                return commands_listen(s->stage, &s->commands);
        if (!s->stage->boots) {
                _cleanup_close_ int directory = dir_open_at(s->stage->apps[0].place_fd, "gantry", 0755);
                return directory < 0 ? directory : (s->notify = notify_listen(directory, INIT_NOTIFY_NAME));
        }
        for (size_t i = 0; r >= 0 && i < s->stage->n_apps; i++)
                r = running_app_listen(&s->apps[i]);

        return r < 0 ? r : commands_listen(s->stage, &s->commands);
}

static int open_apps(Supervisor *s) {
        size_t n = s->stage->n_apps;
        int r = 0;

        s->apps = calloc(n, sizeof(RunningApp));
        if (!s->apps)
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

        if (s->apps)
                for_each_app(s, running_app_done);
        free(s->apps);
        free(s->fds);
        commands_close(&s->commands);
        fd_close(s->notify);
        fd_close(s->signals);
        free(s);
        return NULL;
}

int supervisor_new(Stage *stage, Supervisor **ret) {
        _cleanup_(supervisor_freep) Supervisor *s = malloc(sizeof(Supervisor));
        if (!s)
                return -ENOMEM;

        *s = (Supervisor) { .stage = stage, .signals = -EBADF, .notify = -EBADF, .commands = COMMANDS_NONE };
        int r = open_apps(s);
        if (r >= 0)
                r = listen_to_all(s);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(s);
        return 0;
}

RunningApp *supervisor_apps(Supervisor *s) {
        return s->apps;
}

static int begin(Supervisor *s) {
        s->fds = calloc(_FDS + s->stage->n_apps * RUNNING_APP_POLL + s->payload->n_fds,
                        sizeof(struct pollfd));
        if (!s->fds)
                return -ENOMEM;
        s->signals = take_signals(s);
        if (s->signals < 0)
                return s->signals;

        s->running = true;
        int r = s->payload->go_on(s->payload->data);
        if (r >= 0)
                on_child(s); /* there was no signal for it */
        return r;
}

int supervisor_run(Supervisor *s, const Payload *payload, Machine *machine, PodEnd *ret_end) {
        s->payload = payload;
        s->machine = machine;

        int r = begin(s);
        if (r >= 0)
                r = loop(s);
        if (s->registered)
                (void) machine_unregister(machine);
        if (r < 0)
                return r;

        int status = pod_status(s->stage, s->apps, s->stopping, ret_end);
        for (size_t i = 0; i < s->stage->n_apps; i++)
                running_app_end(&s->apps[i], status);
        wait_for_journal(s);
        return status;
}
