/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of kvm-stage1/relay.h, between a stage that notes what it hears and a guest that says what it likes.
 * Never: needs a virtual machine.
 * Follows: link/message.h. */

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "kvm-stage1/relay.h"
#include "pod/init-config.h"
#include "pod/pod-terminal.h"

#define APPS 2
#define FDS_MAX 1024

/* Both sides of a relay: what the stage has of app 0 or 1, and the guest's end of the link. */
typedef struct Both {
        Relay *relay;
        int guest;
        struct pollfd fds[FDS_MAX];
        bool wants_terminal, busy;
        int in, out, err, status; /* the stage's ends of the app that was started last */
        int terminal;             /* or the socket that it is to come by */
        unsigned n_starts, n_booted, n_memory;
        char said[128]; /* by notify() and log() */
        uint8_t frame[LINK_FRAME_MAX];
        char texts[LINK_TEXTS_MAX];
} Both;

static int make_pipe(int *ret_read, int *ret_write) {
        int fds[2];

        assert_return_code(pipe2(fds, O_CLOEXEC), 0);
        *ret_read = fds[0];
        *ret_write = fds[1];
        return 0;
}

static int on_start(void *data, size_t app, int ret_streams[static 3], int *ret_status) {
        Both *b = data;
        int fds[2];

        assert_true(app < APPS);
        b->n_starts++;
        if (b->wants_terminal)
                assert_return_code(pod_terminal_sockets(&b->terminal, &ret_streams[0]), 0);
        else
                make_pipe(&ret_streams[0], &b->in);
        make_pipe(&b->out, &ret_streams[1]);
        make_pipe(&b->err, &ret_streams[2]);
        assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
        b->status = fds[0];
        *ret_status = fds[1];
        return 0;
}

static void on_memory(void *data, size_t app) {
        ((Both *) data)->n_memory++;
}

static int on_notify(void *data, size_t app, char *message) {
        Both *b = data;

        if (b->busy)
                return -EAGAIN;
        (void) snprintf(b->said, sizeof(b->said), "notify %zu %s", app, message);
        return 0;
}

static int on_log(void *data, size_t app, const RelayEntry *e) {
        Both *b = data;

        if (b->busy)
                return -EAGAIN;
        (void) snprintf(b->said, sizeof(b->said), "log %zu %d %s: %s %s", app, e->priority, e->identifier,
                        e->text, e->fields ? e->fields[strv_length(e->fields) - 1] : "");
        return 0;
}

static void on_booted(void *data) {
        ((Both *) data)->n_booted++;
}

static void both_open(Both *b) {
        int fds[2];

        *b = (Both) { .in = -EBADF, .out = -EBADF, .err = -EBADF, .status = -EBADF, .terminal = -EBADF };
        assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        b->guest = fds[1];
        assert_return_code(relay_new(fds[0], APPS,
                                     &(RelayEvents) { b, on_start, on_memory, on_notify, on_log, on_booted },
                                     &b->relay),
                           0);
        assert_true(relay_n_poll(b->relay) <= FDS_MAX);
}

static void both_close(Both *b) {
        relay_free(b->relay);
        fd_close(b->guest);
        fd_close(b->in);
        fd_close(b->out);
        fd_close(b->err);
        fd_close(b->status);
        fd_close(b->terminal);
}

/* Until there is nothing to do any more, not even after it was looked at once without an occasion. */
static int go_on(Both *b, char **reterr_why) {
        int r = 0;

        for (unsigned quiet = 0; quiet < 2 && r >= 0; quiet++) {
                (void) relay_poll(b->relay, b->fds);
                int n = poll(b->fds, relay_n_poll(b->relay), 5);
                assert_return_code(n, 0);
                r = relay_dispatch(b->relay, b->fds, reterr_why);
                if (n > 0)
                        quiet = 0;
        }

        return r;
}

static void say(Both *b, const LinkMessage *m) {
        uint8_t frame[LINK_FRAME_MAX];

        ssize_t n = link_message_encode(m, LINK_GUEST, frame);
        assert_true(n > 0);
        assert_return_code(fd_write_full(b->guest, frame, n), 0);
}

/* Says all and hears the host out. */
static void tell(Both *b, const LinkMessage *m) {
        _cleanup_free_ char *why = NULL;

        say(b, m);
        int r = go_on(b, &why);
        if (r < 0)
                fail_msg("%d: %s", r, why);
}

/* The next frame of the host, which is there. */
static LinkMessage hear(Both *b, LinkType type) {
        uint32_t length;
        LinkMessage m;

        assert_int_equal(read(b->guest, b->frame, LINK_HEADER), LINK_HEADER);
        memcpy(&length, b->frame + 8, sizeof(length));
        length = le32toh(length);
        assert_int_equal(fd_read_full(b->guest, b->frame + LINK_HEADER, length), length);
        assert_true(link_message_decode(b->frame, LINK_HEADER + length, LINK_HOST, b->texts, &m, NULL) > 0);
        assert_int_equal(m.type, type);
        return m;
}

static void assert_silent(Both *b) {
        assert_false(fd_is_readable(b->guest));
}

static void begin(Both *b) {
        both_open(b);
        relay_go(b->relay, -EBADF);
        tell(b, &(LinkMessage) { LINK_HELLO, .version = LINK_VERSION });
        hear(b, LINK_GO);
}

/* What goes with GO is a stream that the guest has heard of. */
static void test_orders(void **state) {
        int fds[2];
        Both b;

        both_open(&b);
        assert_return_code(pipe2(fds, O_CLOEXEC), 0);
        assert_return_code(write(fds[1], "interface=eth0", 14), 0);
        fd_close(fds[1]);
        relay_go(b.relay, fds[0]);
        assert_silent(&b);
        tell(&b, &(LinkMessage) { LINK_HELLO, .version = LINK_VERSION });
        uint32_t stream = hear(&b, LINK_GO).id;
        assert_int_equal(stream, 2);
        LinkMessage m = hear(&b, LINK_DATA);
        assert_int_equal(m.id, stream);
        assert_memory_equal(m.data, "interface=eth0", 14);
        assert_int_equal(hear(&b, LINK_END).id, stream);
        tell(&b, &(LinkMessage) { LINK_END, .id = stream });
        tell(&b, &(LinkMessage) { LINK_START, .id = 1 });
        assert_int_equal(b.n_starts, 1);
        both_close(&b);
}

/* The guest has heard of it when this returns. */
static int change(Both *b, const char *text) {
        int from, to;

        make_pipe(&from, &to);
        assert_return_code(fd_write_full(to, text, strlen(text)), 0);
        fd_close(to);
        int r = relay_change(b->relay, from);
        (void) go_on(b, NULL);
        return r;
}

/* What has changed is told when something runs that it could matter to, and one thing after the other. */
static void test_change(void **state) {
        Both b;

        begin(&b);
        assert_false(relay_may_change(b.relay));
        tell(&b, &(LinkMessage) { LINK_START, .id = 1 });
        assert_true(relay_may_change(b.relay));
        assert_return_code(change(&b, "text=1"), 0);
        assert_false(relay_may_change(b.relay));
        uint32_t stream = hear(&b, LINK_CHANGED).id;
        LinkMessage m = hear(&b, LINK_DATA);
        assert_int_equal(m.id, stream);
        assert_memory_equal(m.data, "text=1", 6);
        assert_int_equal(hear(&b, LINK_END).id, stream);
        assert_false(relay_may_change(b.relay));
        tell(&b, &(LinkMessage) { LINK_END, .id = stream });
        assert_true(relay_may_change(b.relay));

        assert_return_code(change(&b, "text=2"), 0);
        assert_int_equal(hear(&b, LINK_CHANGED).id, stream + 2);
        fd_close(b.guest);
        b.guest = -EBADF;
        assert_int_equal(go_on(&b, NULL), -ECONNRESET);
        assert_false(relay_may_change(b.relay));
        assert_int_equal(change(&b, "text=3"), -ECONNRESET);
        both_close(&b);
}

static void assert_status(Both *b, int event, int value) {
        InitStatus status;

        assert_int_equal(recv(b->status, &status, sizeof(status), MSG_DONTWAIT), sizeof(status));
        assert_int_equal(status.event, event);
        assert_int_equal(status.value, value);
}

static void assert_reads(int fd, const char *wanted) {
        char buffer[64] = {};

        assert_int_equal(read(fd, buffer, sizeof(buffer) - 1), strlen(wanted));
        assert_string_equal(buffer, wanted);
}

static void test_app(void **state) {
        Both b;

        begin(&b);
        tell(&b, &(LinkMessage) { LINK_START, .app = 1, .id = 1 });
        assert_int_equal(b.n_starts, 1);
        tell(&b, &(LinkMessage) { LINK_STATUS, .app = 1, .event = INIT_STARTED });
        assert_status(&b, INIT_STARTED, 0);
        tell(&b, &(LinkMessage) { LINK_DATA, .id = 3, .data = "out", .size = 3 });
        tell(&b, &(LinkMessage) { LINK_DATA, .id = 5, .data = "err", .size = 3 });
        assert_reads(b.out, "out");
        assert_reads(b.err, "err");

        assert_return_code(fd_write_full(b.in, "in", 2), 0);
        assert_return_code(go_on(&b, NULL), 0);
        LinkMessage m = hear(&b, LINK_DATA);
        assert_int_equal(m.id, 1);
        assert_memory_equal(m.data, "in", 2);
        relay_signal(b.relay, 1, SIGHUP);
        relay_signal(b.relay, 0, SIGHUP); /* which does not run */
        assert_return_code(go_on(&b, NULL), 0);
        m = hear(&b, LINK_SIGNAL);
        assert_true(m.app == 1 && m.id == 0 && m.value == SIGHUP);
        assert_silent(&b);

        tell(&b, &(LinkMessage) { LINK_STATUS, .app = 1, .event = LINK_OUT_OF_MEMORY });
        assert_int_equal(b.n_memory, 1);
        tell(&b, &(LinkMessage) { LINK_STATUS, .app = 1, .event = INIT_KILLED, .value = 9 });
        assert_status(&b, INIT_KILLED, 9);
        assert_int_equal(recv(b.status, b.said, 1, MSG_DONTWAIT), 0);
        for (uint32_t id = 1; id <= 5; id += 2)
                tell(&b, &(LinkMessage) { LINK_END, .id = id });
        assert_reads(b.out, "");
        assert_reads(b.err, "");
        assert_int_equal(write(b.in, "x", 1), -1);

        assert_false(relay_is_done(b.relay));
        tell(&b, &(LinkMessage) { LINK_BYE });
        for (uint32_t id = 1; id <= 5; id += 2)
                hear(&b, LINK_END);
        hear(&b, LINK_BYE);
        assert_true(relay_is_done(b.relay));
        both_close(&b);
}

/* gantry-init's part of that has the size first. */
static void test_terminal(void **state) {
        int master;
        Both b;

        begin(&b);
        b.wants_terminal = true;
        tell(&b, &(LinkMessage) { LINK_START, .id = 7, .terminal = 1 });
        assert_return_code(pod_terminal_receive(b.terminal, &master), 0);
        assert_return_code(pod_terminal_resize(master, 25, 81), 0);
        assert_return_code(go_on(&b, NULL), 0);
        assert_silent(&b);
        assert_return_code(pod_terminal_release(b.terminal), 0);
        assert_return_code(go_on(&b, NULL), 0);
        LinkMessage m = hear(&b, LINK_RESIZE);
        assert_true(m.id == 7 && m.rows == 25 && m.columns == 81);

        assert_return_code(fd_write_full(master, "a\n\3", 3), 0); /* as they are: no signal, no echo */
        assert_return_code(go_on(&b, NULL), 0);
        m = hear(&b, LINK_DATA);
        assert_int_equal(m.size, 3);
        assert_memory_equal(m.data, "a\n\3", 3);
        tell(&b, &(LinkMessage) { LINK_DATA, .id = 7, .data = "b\n", .size = 2 });
        assert_reads(master, "b\n");

        assert_return_code(pod_terminal_resize(master, 30, 90), 0);
        assert_return_code(go_on(&b, NULL), 0);
        m = hear(&b, LINK_RESIZE);
        assert_true(m.rows == 30 && m.columns == 90);
        tell(&b, &(LinkMessage) { LINK_END, .id = 7 });
        assert_int_equal(read(master, b.said, 1), -1);
        assert_int_equal(errno, EIO);
        close(master);
        both_close(&b);
}

static void test_texts(void **state) {
        Both b;

        begin(&b);
        tell(&b, &(LinkMessage) { LINK_NOTIFY, .app = 1, .text = "READY=1" });
        assert_string_equal(b.said, "notify 1 READY=1");
        tell(&b, &(LinkMessage) { LINK_LOG, .priority = 3, .name = "sshd", .text = "hello" });
        assert_string_equal(b.said, "log 0 3 sshd: hello ");
        tell(&b, &(LinkMessage) { LINK_FIELD, .name = "CODE_LINE", .text = "7" });
        tell(&b, &(LinkMessage) { LINK_LOG, .name = "sshd", .text = "hello" });
        assert_string_equal(b.said, "log 0 0 sshd: hello CODE_LINE=7");

        b.busy = true; /* what comes waits in its order */
        say(&b, &(LinkMessage) { LINK_LOG, .priority = 4, .name = "a", .text = "one" });
        tell(&b, &(LinkMessage) { LINK_READY });
        assert_int_equal(b.n_booted, 0);
        assert_true(relay_poll(b.relay, b.fds) > 0);
        b.busy = false;
        assert_return_code(go_on(&b, NULL), 0);
        assert_string_equal(b.said, "log 0 4 a: one ");
        assert_int_equal(b.n_booted, 1);
        assert_int_equal(relay_poll(b.relay, b.fds), -1);
        both_close(&b);
}

/* What `gantry exec` hands on. */
typedef struct Client {
        int connection;
        int in, out, err;
        struct ControlFds fds;
} Client;

static void client_open(Both *b, ControlVerb verb, Client *c) {
        int orders[2], fds[2];

        make_pipe(&c->fds.streams[0], &c->in);
        make_pipe(&c->out, &c->fds.streams[1]);
        make_pipe(&c->err, &c->fds.streams[2]);
        if (verb == CONTROL_EXEC_TERMINAL) {
                close(c->in);
                close(c->fds.streams[0]);
                assert_return_code(pod_terminal_sockets(&c->in, &c->fds.streams[0]), 0);
        }
        make_pipe(&orders[0], &orders[1]);
        assert_return_code(fd_write_full(orders[1], "arg=true", 9), 0);
        close(orders[1]);
        c->fds.orders = orders[0];
        assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
        c->connection = fds[0];
        ControlRequest q = { .verb = verb, .app = strdup("web"), .fds = c->fds };
        relay_request(b->relay, 1, &q, fds[1]);
        assert_null(q.app);
        assert_return_code(go_on(b, NULL), 0);
}

static void client_close(Client *c) {
        fd_close(c->connection);
        fd_close(c->in);
        fd_close(c->out);
        fd_close(c->err);
}

static void hear_orders(Both *b, uint32_t id) {
        LinkMessage m = hear(b, LINK_DATA);

        assert_int_equal(m.id, id);
        assert_memory_equal(m.data, "arg=true", 9);
        m = hear(b, LINK_END);
        assert_int_equal(m.id, id);
        tell(b, &(LinkMessage) { LINK_END, .id = id });
}

static void test_exec(void **state) {
        Client c;
        Both b;

        begin(&b);
        client_open(&b, CONTROL_EXEC, &c);
        LinkMessage m = hear(&b, LINK_EXEC);
        uint32_t id = m.id, streams = m.streams;
        assert_true(m.app == 1 && m.terminal == 0);
        hear_orders(&b, m.orders);

        assert_return_code(fd_write_full(c.in, "in", 2), 0);
        assert_return_code(control_exec_signal(c.connection, SIGTERM), 0);
        assert_return_code(control_exec_signal(c.connection, SIGWINCH), 0);
        assert_return_code(go_on(&b, NULL), 0);
        m = hear(&b, LINK_DATA);
        assert_int_equal(m.id, streams);
        m = hear(&b, LINK_SIGNAL);
        assert_true(m.id == id && m.value == SIGTERM);
        assert_silent(&b);

        tell(&b, &(LinkMessage) { LINK_DATA, .id = streams + 2, .data = "out", .size = 3 });
        assert_reads(c.out, "out");
        tell(&b, &(LinkMessage) { LINK_EXITED, .id = id, .value = 7 });
        assert_false(fd_is_readable(c.connection)); /* there may be more to read */
        tell(&b, &(LinkMessage) { LINK_END, .id = streams + 2 });
        tell(&b, &(LinkMessage) { LINK_END, .id = streams + 4 });
        assert_true(fd_is_readable(c.connection));
        assert_int_equal(control_exec_wait(c.connection, NULL), 7);
        client_close(&c);
        both_close(&b);
}

/* Something that it has left behind keeps its output, and nobody waits for that. */
static void test_exec_leaves_something(void **state) {
        Client c;
        Both b;

        begin(&b);
        client_open(&b, CONTROL_EXEC, &c);
        uint32_t id = hear(&b, LINK_EXEC).id;
        tell(&b, &(LinkMessage) { LINK_EXITED, .id = id, .value = 0 });
        assert_true(relay_poll(b.relay, b.fds) > 0);
        for (unsigned i = 0; i < 200 && !fd_is_readable(c.connection); i++)
                assert_return_code(go_on(&b, NULL), 0);
        assert_int_equal(control_exec_wait(c.connection, NULL), 0);
        client_close(&c);
        both_close(&b);
}

static void test_exec_terminal(void **state) {
        int master;
        Client c;
        Both b;

        begin(&b);
        client_open(&b, CONTROL_EXEC_TERMINAL, &c);
        assert_silent(&b);
        assert_return_code(pod_terminal_receive(c.in, &master), 0);
        assert_return_code(pod_terminal_resize(master, 25, 81), 0);
        assert_return_code(pod_terminal_release(c.in), 0);
        assert_return_code(go_on(&b, NULL), 0);
        LinkMessage m = hear(&b, LINK_EXEC);
        uint32_t id = m.id, streams = m.streams;
        assert_true(m.terminal == 1 && m.rows == 25 && m.columns == 81);
        hear_orders(&b, m.orders);

        assert_return_code(pod_terminal_resize(master, 30, 81), 0);
        assert_return_code(control_exec_signal(c.connection, SIGWINCH), 0);
        assert_return_code(go_on(&b, NULL), 0);
        m = hear(&b, LINK_RESIZE);
        assert_true(m.id == streams && m.rows == 30);

        tell(&b, &(LinkMessage) { LINK_DATA, .id = streams, .data = "$ ", .size = 2 });
        assert_reads(master, "$ ");
        for (uint32_t i = 0; i < 3; i++)
                tell(&b, &(LinkMessage) { LINK_END, .id = streams + 2 * i });
        tell(&b, &(LinkMessage) { LINK_EXITED, .id = id, .value = 1 });
        assert_int_equal(control_exec_wait(c.connection, NULL), 1);
        close(master);
        client_close(&c);
        both_close(&b);
}

static void ask(Both *b, ControlVerb verb, int *ret) {
        ControlRequest q = { .verb = verb, .app = strdup("web"), .fds = CONTROL_FDS_NONE };
        int fds[2];

        assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
        relay_request(b->relay, 1, &q, fds[1]);
        *ret = fds[0];
}

static void test_command(void **state) {
        _cleanup_free_ char *why = NULL, *why2 = NULL, *why3 = NULL;
        int connection, more[LINK_EXECS_MAX + 1];
        Both b;

        begin(&b);
        ask(&b, CONTROL_STOP, &connection);
        assert_return_code(go_on(&b, NULL), 0);
        LinkMessage m = hear(&b, LINK_COMMAND);
        assert_true(m.app == 1 && m.verb == CONTROL_STOP);
        tell(&b, &(LinkMessage) { LINK_RESULT, .id = m.id, .value = -EIO, .text = "no\nunit" });
        assert_int_equal(control_exec_wait(connection, &why), -EIO);
        assert_string_equal(why, "no");
        close(connection);

        /* so many at the same time, and what becomes of them when the guest ends */
        for (size_t i = 0; i < ELEMENTSOF(more); i++)
                ask(&b, CONTROL_START, &more[i]);
        assert_int_equal(control_exec_wait(more[LINK_EXECS_MAX], &why2), -EBUSY);
        b.guest = fd_close(b.guest);
        assert_int_equal(go_on(&b, NULL), -ECONNRESET);
        assert_int_equal(control_exec_wait(more[0], &why3), -ECONNRESET);
        for (size_t i = 0; i < ELEMENTSOF(more); i++)
                close(more[i]);
        both_close(&b);
}

/* A guest that ends without a word: its apps have been killed, as far as anybody can tell. */
static void test_gone(void **state) {
        Both b;

        begin(&b);
        tell(&b, &(LinkMessage) { LINK_START, .id = 1 });
        tell(&b, &(LinkMessage) { LINK_STATUS, .event = INIT_STARTED });
        b.guest = fd_close(b.guest);
        assert_int_equal(go_on(&b, NULL), -ECONNRESET);
        assert_status(&b, INIT_STARTED, 0);
        assert_int_equal(recv(b.status, b.said, 1, MSG_DONTWAIT), 0);
        assert_reads(b.out, "");
        assert_int_equal(relay_poll(b.relay, b.fds), -1);
        relay_stop(b.relay);
        relay_signal(b.relay, 0, SIGTERM);
        both_close(&b);
}

/* HELLO and GO have been said before. */
static void test_lies(void **state) {
        static const struct {
                LinkMessage said[5];
                const char *why;
        } cases[] = {
                { { { LINK_HELLO, .version = LINK_VERSION } }, "HELLO of version 1" },
                { { { LINK_START, .app = 2, .id = 1 } }, "there is no app 2" },
                { { { LINK_START, .id = 1 }, { LINK_START, .id = 7 } }, "START of app 0, which runs" },
                { { { LINK_START, .id = 1 }, { LINK_START, .app = 1, .id = 3 } },
                  "START of app 1 with streams" },
                { { { LINK_START, .id = 1, .terminal = 1 } }, "START of app 0 with streams" },
                { { { LINK_STATUS, .event = INIT_STARTED } }, "STATUS 1 of app 0" },
                { { { LINK_STATUS, .event = LINK_OUT_OF_MEMORY } }, "STATUS 100 of app 0" },
                { { { LINK_START, .id = 1 }, { LINK_STATUS, .event = INIT_EXITED } }, "STATUS 2 of app 0" },
                { { { LINK_START, .id = 1 }, { LINK_STATUS, .event = INIT_LISTENING } },
                  "STATUS 6 of app 0" },
                { { { LINK_START, .id = 1 }, { LINK_STATUS, .event = INIT_FAILED, .value = 256 } },
                  "STATUS 5 of" },
                { { { LINK_START, .id = 1 },
                    { LINK_STATUS, .event = INIT_STARTED },
                    { LINK_STATUS, .event = INIT_STARTED } },
                  "STATUS 1 of app 0" },
                { { { LINK_START, .id = 1 },
                    { LINK_STATUS, .event = INIT_STARTED },
                    { LINK_STATUS, .event = INIT_KILLED, .value = 99 } },
                  "STATUS 3 of app 0" },
                { { { LINK_EXITED, .id = 2 } }, "answer to request 2" },
                { { { LINK_RESULT, .id = 2 } }, "answer to request 2" },
                { { { LINK_BYE }, { LINK_BYE } }, "BYE for the second time" },
                { { { LINK_DATA, .id = 2, .data = "x", .size = 1 } }, "stream 2 is not there" },
                { { { LINK_FIELD, .name = "_PID", .text = "1" } }, "FIELD that an entry cannot have" },
                { { { LINK_FIELD, .name = "A=", .text = "1" } }, "FIELD that an entry cannot have" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *why = NULL;
                Both b;

                begin(&b);
                for (size_t j = 0; cases[i].said[j].type > 0; j++)
                        say(&b, &cases[i].said[j]);
                int r = go_on(&b, &why);
                if (r != -EBADMSG || !why || !startswith(why, cases[i].why))
                        fail_msg("%d '%s' instead of '%s'", r, why, cases[i].why);
                both_close(&b);
        }
}

static void test_before_its_time(void **state) {
        static const LinkMessage too_early[] = {
                { LINK_READY },
                { LINK_HELLO, .version = LINK_VERSION + 1 },
                { LINK_START, .id = 1 },
        };
        _cleanup_free_ char *why = NULL;
        int connection;
        Both b;

        for (size_t i = 0; i < ELEMENTSOF(too_early); i++) {
                both_open(&b);
                say(&b, &too_early[i]);
                assert_int_equal(go_on(&b, NULL), -EBADMSG);
                both_close(&b);
        }

        both_open(&b); /* nothing may run before GO, and nobody can be asked for */
        tell(&b, &(LinkMessage) { LINK_HELLO, .version = LINK_VERSION });
        ask(&b, CONTROL_START, &connection);
        assert_int_equal(control_exec_wait(connection, NULL), -EBUSY);
        close(connection);
        assert_silent(&b);
        say(&b, &(LinkMessage) { LINK_START, .id = 1 });
        assert_int_equal(go_on(&b, NULL), -EBADMSG);
        assert_int_equal(b.n_starts, 0);
        both_close(&b);

        both_open(&b);
        say(&b, &(LinkMessage) { LINK_FAILED, .text = "Cannot mount 'x\033'" });
        assert_int_equal(go_on(&b, &why), -ECANCELED);
        assert_string_equal(why, "Cannot mount 'x?'");
        both_close(&b);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_app),
                cmocka_unit_test(test_orders),
                cmocka_unit_test(test_change),
                cmocka_unit_test(test_terminal),
                cmocka_unit_test(test_texts),
                cmocka_unit_test(test_exec),
                cmocka_unit_test(test_exec_leaves_something),
                cmocka_unit_test(test_exec_terminal),
                cmocka_unit_test(test_command),
                cmocka_unit_test(test_gone),
                cmocka_unit_test(test_lies),
                cmocka_unit_test(test_before_its_time),
        };

        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
