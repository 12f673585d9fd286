/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: one app of the pod, from the agent's side.
 * Never: decides what becomes of the pod when an app has ended; waits for any of the app's sides.
 * Follows: pod/init-config.h, link/message.h. */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd-pass.h"
#include "basic/fd.h"
#include "guest/app.h"
#include "guest/cgroup.h"
#include "guest/journal.h"
#include "guest/streams.h"
#include "pod/init-config.h"

#define NOTIFY_MAX 4096
#define NOTIFICATIONS_MAX 50 /* a second: the host hears no more of all apps than a few times that */
#define REPORTS_MAX 4u

int app_begin(App *a, Link *l, int ret_streams[static STREAMS]) {
        a->stream = link_take_ids(l, STREAMS);
        a->has_started = false;
        terminal_close(&a->terminal);
        int r = a->config->terminal ? terminal_open_streams(l, a->stream, &a->terminal, ret_streams)
                                    : streams_open(l, a->stream, ret_streams);

        return r < 0 ? r
                     : link_send(l, &(LinkMessage) { .type = LINK_START,
                                                     .app = a->number,
                                                     .id = a->stream,
                                                     .terminal = a->config->terminal });
}

void app_set_leader(App *a, pid_t pid, int status_fd) {
        a->pid = a->init = pid;
        fd_close(a->leader);
        fd_close(a->memory);
        fd_close(a->status);
        a->leader = pidfd_open(pid, 0);
        a->memory = cgroup_open_memory_events(pid);
        a->n_kills = cgroup_count_kills(a->memory);
        a->status = status_fd;
}

static void tell(const App *a, Link *l, int event, int value) {
        (void) link_send(l, &(LinkMessage) { .type = LINK_STATUS,
                                             .app = a->number,
                                             .event = event,
                                             .value = value });
}

/* gantry-init waits for this before it ends, so that its cgroup is still there. */
static void end(App *a, Link *l, int event, int value) {
        if (event == INIT_KILLED && value == SIGKILL && cgroup_count_kills(a->memory) > a->n_kills)
                tell(a, l, LINK_OUT_OF_MEMORY, 0);
        terminal_give_up(&a->terminal, l);
        tell(a, l, event, value);
        a->status = fd_close(a->status);
        a->memory = fd_close(a->memory);
        a->leader = fd_close(a->leader);
        a->pid = 0;
}

/* An end without a word: it was killed, and the app with it. */
static void end_in_silence(App *a, Link *l) {
        if (a->has_started)
                end(a, l, INIT_KILLED, SIGKILL);
        else
                end(a, l, INIT_FAILED, EXIT_GANTRY);
}

/* In a pod that boots the app itself might be at the other end; what gantry-init would not say is passed over. */
static bool is_plausible(const App *a, const InitStatus *s) {
        switch (s->event) {
        case INIT_STARTED: return !a->has_started;
        case INIT_EXITED: return a->has_started && s->value >= 0 && s->value <= 255;
        case INIT_KILLED:
        case INIT_DUMPED: return a->has_started && s->value > 0 && s->value < NSIG;
        case INIT_FAILED: return !a->has_started && s->value > 0 && s->value <= 255;
        default: return false;
        }
}

static void on_status(App *a, Link *l) {
        InitStatus status;

        ssize_t n = recv(a->status, &status, sizeof(status), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n != sizeof(status)) {
                end_in_silence(a, l);
                return;
        }
        if (!is_plausible(a, &status))
                return;

        a->has_started = true;
        if (status.event == INIT_STARTED)
                tell(a, l, status.event, status.value);
        else
                end(a, l, status.event, status.value);
}

/* What it has still said is heard first. */
void app_has_ended(App *a, Link *l) {
        for (unsigned i = 0; a->status >= 0 && i < REPORTS_MAX; i++)
                on_status(a, l);
        if (a->status >= 0)
                end_in_silence(a, l);
}

bool app_is_heard(const App *a, const Link *l) {
        for (unsigned i = 0; i < STREAMS; i++)
                if (a->stream > 0 && link_has(l, a->stream + 2 * i))
                        return false;

        return true;
}

/* One gantry-init at a time. A second one could only be the app's own doing, which then has what it has already. */
static void on_connection(App *a, Link *l) {
        int streams[STREAMS] = { -EBADF, -EBADF, -EBADF };
        struct ucred peer;
        socklen_t size = sizeof(peer);

        _cleanup_close_ int fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 || a->status >= 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return;

        int r = app_begin(a, l, streams);
        if (r >= 0)
                r = fds_pass(fd, streams, STREAMS);
        streams_close(streams);
        app_set_leader(a, peer.pid, TAKE_FD(fd));
        if (r < 0)
                end(a, l, INIT_FAILED, EXIT_GANTRY);
}

/* What an event handler prints goes to the journal: an app that does not run has no streams. */
static void on_handler(const App *a, Journal *j) {
        _cleanup_close_ int fd = accept4(a->handlers, NULL, NULL, SOCK_CLOEXEC),
                            in = open("/dev/null", O_RDONLY | O_CLOEXEC),
                            out = journal_open_pipe(j, a->config->name);

        if (fd >= 0 && in >= 0 && out >= 0)
                (void) fds_pass(fd, (const int[]) { in, out, out }, STREAMS);
}

bool app_is_held_up(const App *a) {
        return per_second_count(&a->notified) >= NOTIFICATIONS_MAX;
}

/* There is no room for fds: the kernel closes them, and that is all that whoever sends BARRIER=1 waits for. */
static void on_notification(App *a, Link *l) {
        char text[NOTIFY_MAX + 1];

        ssize_t n = recv(a->notify, text, NOTIFY_MAX, MSG_DONTWAIT | MSG_TRUNC);
        if (n <= 0 || n > NOTIFY_MAX)
                return;
        text[n] = '\0';
        (void) per_second_add(&a->notified, 1);
        if (strlen(text) == (size_t) n)
                (void) link_send(l, &(LinkMessage) { .type = LINK_NOTIFY, .app = a->number, .text = text });
}

enum { LISTENER, HANDLERS, STATUS, NOTIFY, TERMINAL };

void app_poll(const App *a, bool quiet, struct pollfd fds[static APP_POLL]) {
        fds[LISTENER] = (struct pollfd) { .fd = a->listener, .events = POLLIN };
        fds[HANDLERS] = (struct pollfd) { .fd = a->handlers, .events = POLLIN };
        fds[STATUS] = (struct pollfd) { .fd = a->status, .events = POLLIN };
        fds[NOTIFY] = (struct pollfd) { .fd = quiet && !app_is_held_up(a) ? a->notify : -EBADF,
                                        .events = POLLIN };
        terminal_poll(&a->terminal, &fds[TERMINAL]);
}

void app_dispatch(App *a, Link *l, Journal *j, const struct pollfd fds[static APP_POLL]) {
        terminal_dispatch(&a->terminal, l, &fds[TERMINAL]);
        if (fds[STATUS].revents)
                on_status(a, l);
        if (fds[LISTENER].revents)
                on_connection(a, l);
        if (fds[HANDLERS].revents)
                on_handler(a, j);
        if (fds[NOTIFY].revents)
                on_notification(a, l);
}
