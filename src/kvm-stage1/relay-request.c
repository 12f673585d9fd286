/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what clients wait for from the guest.
 * Never: waits for a client, or for the guest.
 * Follows: pod/control.h, link/message.h. */

#include <errno.h>
#include <signal.h>

#include "basic/clock.h"
#include "basic/fd.h"
#include "kvm-stage1/relay-request.h"

/* A command may leave something behind that keeps its streams open. */
#define PATIENCE_MSEC 500

static bool is_command(const RelayRequest *q) {
        return q->control.verb == CONTROL_EXEC || q->control.verb == CONTROL_EXEC_TERMINAL;
}

void relay_request_done(RelayRequest *q) {
        fd_close(q->connection);
        control_request_done(&q->control);
        relay_terminal_done(&q->terminal);
        *q = (RelayRequest) RELAY_REQUEST_NONE;
}

static void answer(RelayRequest *q, int result, const char *why) {
        if (q->connection >= 0)
                (void) control_answer(q->connection, result, why);
        relay_request_done(q);
}

void relay_request_fail(RelayRequest *q, int error, const char *why) {
        answer(q, error, why);
}

/* The guest hears of the streams before anything comes by them. */
static int begin_command(RelayRequest *q, Link *l) {
        struct ControlFds *fds = &q->control.fds;
        bool terminal = q->terminal.slave >= 0;
        uint32_t orders = link_take_ids(l, 1);

        q->streams = link_take_ids(l, 3);
        (void) relay_terminal_has_new_size(&q->terminal);
        int r = link_send(l, &(LinkMessage) {
                                             .type = LINK_EXEC,
                                             .app = q->app,
                                             .id = q->id,
                                             .terminal = terminal,
                                             .rows = q->terminal.rows,
                                             .columns = q->terminal.columns,
                                             .orders = orders,
                                             .streams = q->streams,
                             });
        if (r >= 0)
                r = link_open(l, orders, TAKE_FD(fds->orders), -EBADF);
        if (r >= 0)
                r = terminal ? relay_terminal_connect(&q->terminal, l, q->streams)
                             : link_open(l, q->streams, TAKE_FD(fds->streams[0]), -EBADF);
        if (r >= 0)
                r = link_open(l, q->streams + 2, -EBADF, TAKE_FD(fds->streams[1]));
        if (r >= 0)
                r = link_open(l, q->streams + 4, -EBADF, TAKE_FD(fds->streams[2]));

        return r;
}

static int begin(RelayRequest *q, Link *l) {
        if (q->control.verb == CONTROL_EXEC)
                return begin_command(q, l);
        if (q->control.verb == CONTROL_EXEC_TERMINAL)
                return relay_terminal_open(TAKE_FD(q->control.fds.streams[0]), &q->terminal);

        return link_send(l, &(LinkMessage) { .type = LINK_COMMAND,
                                             .app = q->app,
                                             .id = q->id,
                                             .verb = q->control.verb });
}

void relay_request_begin(RelayRequest *q, Link *l, uint16_t app, ControlRequest *control, int connection) {
        *q = (RelayRequest) {
                .id = link_take_ids(l, 1),
                .connection = connection,
                .app = app,
                .control = *control,
                .terminal = RELAY_TERMINAL_NONE,
        };
        *control = (ControlRequest) { .fds = CONTROL_FDS_NONE };

        int r = begin(q, l);
        if (r < 0)
                relay_request_fail(q, r, NULL);
}

bool relay_request_answer(RelayRequest *q, const LinkMessage *m) {
        if (is_command(q) != (m->type == LINK_EXITED) || q->ended || (is_command(q) && q->streams == 0))
                return false;
        if (!is_command(q)) {
                answer(q, MIN(m->value, 0), m->text[0] ? m->text : NULL);
                return true;
        }
        if (m->value < 0 || m->value > 255)
                return false;

        q->ended = true;
        q->status = m->value;
        q->until_msec = now_msec(CLOCK_MONOTONIC) + PATIENCE_MSEC;
        return true;
}

void relay_request_over(RelayRequest *q, uint32_t stream) {
        if (stream == q->streams)
                relay_terminal_done(&q->terminal);
}

int relay_request_poll(const RelayRequest *q, struct pollfd fds[RELAY_REQUEST_POLL]) {
        fds[0] = (struct pollfd) { .fd = is_command(q) ? q->connection : -EBADF, .events = POLLIN };
        relay_terminal_poll(&q->terminal, &fds[1]);

        return q->ended ? PATIENCE_MSEC : -1;
}

/* Whoever waits for the command has something to say: about a signal, or by his end. */
static void hear_client(RelayRequest *q, Link *l) {
        int sig;

        if (control_receive_signal(q->connection, &sig) < 0)
                q->connection = fd_close(q->connection);
        else if (sig != SIGWINCH && q->streams > 0)
                (void) link_send(l, &(LinkMessage) { .type = LINK_SIGNAL, .id = q->id, .value = sig });
}

/* All that was printed has been taken, as far as that can be known. */
static bool is_heard(RelayRequest *q, const Link *l) {
        bool open = q->terminal.slave >= 0, behind = false;

        for (uint32_t id = q->streams; id <= q->streams + 4; id += 2) {
                open = open || (id > q->streams && link_has(l, id));
                behind = behind || link_is_behind(l, id);
        }
        if (behind)
                q->until_msec = now_msec(CLOCK_MONOTONIC) + PATIENCE_MSEC;

        return !open || now_msec(CLOCK_MONOTONIC) >= q->until_msec;
}

static void end(RelayRequest *q, Link *l) {
        for (uint32_t id = q->streams; id <= q->streams + 4; id += 2)
                link_close(l, id);
        answer(q, q->status, NULL);
}

void relay_request_dispatch(RelayRequest *q, Link *l, const struct pollfd fds[RELAY_REQUEST_POLL]) {
        if (fds[0].revents)
                hear_client(q, l);
        if (relay_terminal_dispatch(&q->terminal, &fds[1])) {
                int r = begin_command(q, l);
                if (r < 0) {
                        relay_request_fail(q, r, NULL);
                        return;
                }
        }
        if (q->streams > 0 && relay_terminal_has_new_size(&q->terminal))
                (void) link_send(l, &(LinkMessage) { .type = LINK_RESIZE,
                                                     .id = q->streams,
                                                     .rows = q->terminal.rows,
                                                     .columns = q->terminal.columns });
        if (q->ended && is_heard(q, l))
                end(q, l);
}
