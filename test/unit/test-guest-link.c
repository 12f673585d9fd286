/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of link/link.h: both ends in one process, and one end with a peer that keeps to no rule.
 * Never: waits longer than a second for anything.
 * Follows: link/link.h. */

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "link/link.h"

#define STREAMS 8

/* One end, what it has heard, and a stream that its message is to open. */
typedef struct End {
        Link *link;
        struct pollfd fds[2 + 2 * STREAMS];
        LinkMessage last;
        char text[64];
        unsigned n_messages, n_over;
        uint32_t over;
        int in, out;
} End;

static int on_message(const LinkMessage *m, char **reterr_why, void *userdata) {
        End *e = userdata;

        e->last = *m;
        e->n_messages++;
        (void) snprintf(e->text, sizeof(e->text), "%s", m->text ? m->text : "");
        if (m->type == LINK_FAILED)
                return -ECANCELED;
        return m->type == LINK_START ? link_open(e->link, m->id, TAKE_FD(e->in), TAKE_FD(e->out)) : 0;
}

static void on_over(uint32_t id, void *userdata) {
        End *e = userdata;

        e->over = id;
        e->n_over++;
}

static void end_open(int fd, LinkSide side, unsigned messages, End *e) {
        *e = (End) { .in = -EBADF, .out = -EBADF };
        assert_return_code(link_new(fd, side,
                                    &(LinkLimits) { .apps = 2,
                                                    .streams = STREAMS,
                                                    .messages_per_second = messages },
                                    &(LinkEvents) { on_message, on_over, e }, &e->link),
                           0);
        assert_int_equal(link_n_poll(e->link), ELEMENTSOF(e->fds));
}

static int turn(End *e, int msec, char **reterr_why) {
        link_poll(e->link, e->fds);
        assert_return_code(poll(e->fds, ELEMENTSOF(e->fds), msec), 0);
        return link_dispatch(e->link, e->fds, reterr_why);
}

static void pair_open(End *host, End *guest) {
        int fds[2];

        assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        end_open(fds[0], LINK_HOST, 0, host);
        end_open(fds[1], LINK_GUEST, 0, guest);
}

static void pair_close(End *host, End *guest) {
        link_free(host->link);
        link_free(guest->link);
}

static void go_on(End *host, End *guest) {
        for (unsigned i = 0; i < 8; i++) {
                _cleanup_free_ char *why = NULL;

                assert_return_code(turn(guest, 1, &why), 0);
                assert_return_code(turn(host, 1, &why), 0);
                assert_null(why);
        }
}

static void test_messages(void **state) {
        End host, guest;

        pair_open(&host, &guest);
        assert_return_code(link_send(guest.link, &(LinkMessage) { LINK_HELLO, .version = 1 }), 0);
        assert_return_code(link_send(host.link, &(LinkMessage) { LINK_GO }), 0);
        assert_false(link_is_flushed(guest.link));
        go_on(&host, &guest);
        assert_true(link_is_flushed(guest.link));
        assert_int_equal(host.last.type, LINK_HELLO);
        assert_int_equal(host.last.version, 1);
        assert_int_equal(guest.last.type, LINK_GO);

        assert_int_equal(link_take_ids(host.link, 3), 2);
        assert_int_equal(link_take_ids(host.link, 1), 8);
        assert_int_equal(link_take_ids(guest.link, 1), 1);
        assert_int_equal(link_take_ids(guest.link, 1), 3);
        pair_close(&host, &guest);
}

/* The guest's app writes to a pipe, the host has another one for it. */
static void open_stream(End *host, End *guest, int *ret_app, int *ret_stage) {
        int app[2], stage[2];
        uint32_t id = link_take_ids(guest->link, 1);

        assert_return_code(pipe2(app, O_CLOEXEC), 0);
        assert_return_code(pipe2(stage, O_CLOEXEC), 0);
        host->out = stage[1];
        assert_return_code(link_open(guest->link, id, app[0], -EBADF), 0);
        assert_return_code(link_send(guest->link, &(LinkMessage) { LINK_START, .id = id }), 0);
        *ret_app = app[1];
        *ret_stage = stage[0];
        go_on(host, guest);
}

static void assert_reads(int fd, const char *wanted) {
        char buffer[64] = {};

        assert_int_equal(read(fd, buffer, sizeof(buffer) - 1), strlen(wanted));
        assert_string_equal(buffer, wanted);
}

static void test_stream(void **state) {
        End host, guest;
        int app, stage;

        pair_open(&host, &guest);
        open_stream(&host, &guest, &app, &stage);
        assert_return_code(fd_write_full(app, "hello", 5), 0);
        go_on(&host, &guest);
        assert_reads(stage, "hello");

        assert_return_code(fd_write_full(app, "bye", 3), 0);
        close(app);
        go_on(&host, &guest);
        assert_reads(stage, "bye");
        assert_reads(stage, "");
        assert_int_equal(host.n_over, 1);
        assert_int_equal(guest.n_over, 1);
        assert_int_equal(guest.over, 1);
        assert_false(link_has(guest.link, 1));

        close(stage);
        pair_close(&host, &guest);
}

/* An app hears that nobody reads what it prints, also if it prints nothing just now. */
static void test_reader_gone(void **state) {
        End host, guest;
        int app, stage;

        pair_open(&host, &guest);
        open_stream(&host, &guest, &app, &stage);
        close(stage);
        go_on(&host, &guest);
        assert_int_equal(write(app, "x", 1), -1);
        assert_int_equal(errno, EPIPE);
        assert_int_equal(host.n_over, 1);
        assert_int_equal(guest.n_over, 1);

        close(app);
        pair_close(&host, &guest);
}

static size_t fill_pipe(int fd) {
        static const char block[4096];
        size_t sum = 0;

        assert_return_code(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        for (ssize_t n; (n = write(fd, block, sizeof(block))) > 0;)
                sum += n;
        return sum;
}

static size_t empty_pipe(int fd) {
        char block[4096];
        size_t sum = 0;

        assert_return_code(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        for (ssize_t n; (n = read(fd, block, sizeof(block))) > 0;)
                sum += n;
        return sum;
}

/* Nothing is lost, nothing is kept beyond a window, and the stream beside it goes on. */
static void test_slow_reader(void **state) {
        size_t written = 0, taken = 0, more;
        End host, guest;
        int app, stage, app2, stage2;

        pair_open(&host, &guest);
        open_stream(&host, &guest, &app, &stage);
        open_stream(&host, &guest, &app2, &stage2);
        do {
                more = fill_pipe(app);
                written += more;
                go_on(&host, &guest);
        } while (more > 0);
        assert_true(written <= 2 * (64 * 1024) + LINK_WINDOW); /* two pipes and what is on its way */

        assert_return_code(fd_write_full(app2, "here", 4), 0);
        go_on(&host, &guest);
        assert_reads(stage2, "here");

        close(app);
        do {
                more = empty_pipe(stage);
                taken += more;
                go_on(&host, &guest);
        } while (more > 0);
        assert_int_equal(taken, written);
        assert_int_equal(host.n_over, 1);

        close(stage);
        close(stage2);
        close(app2);
        pair_close(&host, &guest);
}

/* Many windows, both ways at once, with sockets for terminals. */
static void test_both_ways(void **state) {
        size_t there = 0, back = 0;
        End host, guest;
        int a[2], b[2];

        pair_open(&host, &guest);
        assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a), 0);
        assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b), 0);
        host.in = dup(b[1]);
        host.out = b[1];
        assert_return_code(link_open(guest.link, 1, a[1], dup(a[1])), 0);
        assert_return_code(link_send(guest.link, &(LinkMessage) { LINK_START, .id = 1, .terminal = 1 }), 0);
        for (unsigned i = 0; i < 40; i++) {
                (void) fill_pipe(a[0]);
                (void) fill_pipe(b[0]);
                go_on(&host, &guest);
                there += empty_pipe(b[0]);
                back += empty_pipe(a[0]);
        }
        assert_true(there > 4 * LINK_WINDOW && back > 4 * LINK_WINDOW);

        close(a[0]); /* that ends it for both */
        for (unsigned i = 0; i < 20 && guest.n_over == 0; i++) {
                (void) empty_pipe(b[0]);
                go_on(&host, &guest);
        }
        assert_int_equal(host.n_over, 1);
        assert_int_equal(guest.n_over, 1);
        while (empty_pipe(b[0]) > 0)
                ;
        assert_int_equal(read(b[0], (char[1]) {}, 1), 0);

        close(b[0]);
        pair_close(&host, &guest);
}

static void test_closed_by_us(void **state) {
        End host, guest;
        int app, stage;

        pair_open(&host, &guest);
        open_stream(&host, &guest, &app, &stage);
        assert_int_equal(link_open(guest.link, 1, -EBADF, -EBADF), -EEXIST);
        link_close(host.link, 1);
        link_close(host.link, 77);
        go_on(&host, &guest);
        assert_int_equal(host.n_over, 1);
        assert_int_equal(guest.n_over, 1);
        assert_reads(stage, "");

        for (uint32_t id = 1; id <= STREAMS; id++)
                assert_return_code(link_open(host.link, 2 * id, -EBADF, -EBADF), 0);
        assert_int_equal(link_open(host.link, 100, -EBADF, -EBADF), -ENOBUFS);

        close(app);
        close(stage);
        pair_close(&host, &guest);
}

/* A terminal that is not made yet: what is typed waits for it. */
static void test_reserved(void **state) {
        End host, guest;
        int a[2], b[2];

        pair_open(&host, &guest);
        assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a), 0);
        assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b), 0);
        assert_return_code(link_reserve(guest.link, 2), 0);
        assert_int_equal(link_reserve(guest.link, 2), -EEXIST);
        assert_return_code(link_open(host.link, 2, b[1], dup(b[1])), 0);
        assert_int_equal(write(b[0], "early", 5), 5);
        go_on(&host, &guest);
        assert_int_equal(guest.n_over, 0);

        assert_return_code(link_open(guest.link, 2, a[1], dup(a[1])), 0);
        assert_reads(a[0], "early");
        assert_int_equal(write(a[0], "late", 4), 4);
        go_on(&host, &guest);
        assert_reads(b[0], "late");

        assert_return_code(link_reserve(guest.link, 4), 0);
        link_close(guest.link, 4);
        assert_return_code(link_open(host.link, 4, -EBADF, -EBADF), 0);
        go_on(&host, &guest);
        assert_int_equal(guest.n_over, 1);

        close(a[0]);
        close(b[0]);
        pair_close(&host, &guest);
}

/* Where nothing is to go and nothing to be taken, whoever sends hears so. */
static void test_unwanted(void **state) {
        End host, guest;
        int app[2];

        pair_open(&host, &guest);
        assert_return_code(pipe2(app, O_CLOEXEC), 0);
        assert_return_code(link_open(guest.link, 1, app[0], -EBADF), 0);
        assert_return_code(link_send(guest.link, &(LinkMessage) { LINK_START, .id = 1 }), 0);
        (void) fill_pipe(app[1]);
        go_on(&host, &guest);
        assert_int_equal(host.n_over, 1);
        assert_int_equal(write(app[1], "x", 1), -1);

        close(app[1]);
        pair_close(&host, &guest);
}

/* The other end does not read: what is kept is bounded, messages and streams together. */
static void test_full(void **state) {
        int fds[2], app[2];
        size_t n = 0;
        End host;

        assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        end_open(fds[0], LINK_HOST, 0, &host);
        assert_return_code(pipe2(app, O_CLOEXEC), 0);
        assert_return_code(link_open(host.link, 2, app[0], -EBADF), 0);
        for (unsigned i = 0; i < 100; i++) {
                (void) fill_pipe(app[1]);
                assert_return_code(turn(&host, 1, NULL), 0);
        }
        while (link_takes(host.link)) {
                assert_return_code(link_send(host.link, &(LinkMessage) { LINK_STOP }), 0);
                n++;
        }
        assert_int_equal(link_send(host.link, &(LinkMessage) { LINK_STOP }), -EAGAIN);
        assert_true(n > 1000 && n < LINK_QUEUE / LINK_HEADER);

        close(fds[1]);
        close(app[1]);
        link_free(host.link);
}

/* `e` is a host whose other end we are. */
static int open_host(unsigned messages, End *e) {
        int fds[2];

        assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        end_open(fds[0], LINK_HOST, messages, e);
        return fds[1];
}

static void say(int fd, const LinkMessage *m) {
        uint8_t data[LINK_FRAME_MAX];

        ssize_t n = link_message_encode(m, LINK_GUEST, data);
        assert_true(n > 0);
        assert_return_code(fd_write_full(fd, data, n), 0);
}

static void test_against_the_rules(void **state) {
        static const char kilobytes[LINK_PAYLOAD_MAX];
        const LinkMessage start = { LINK_START, .id = 1 },
                          full = { LINK_DATA, .id = 1, .data = kilobytes, .size = LINK_PAYLOAD_MAX };
        const struct {
                LinkMessage said[6];
                const char *why;
        } cases[] = {
                { { { LINK_DATA, .id = 1, .data = "x", .size = 1 } }, "stream 1 is not there" },
                { { { LINK_END, .id = 1 } }, "stream 1 is not there" },
                { { { LINK_READY }, { LINK_END, .id = 2 } }, "stream 2 is not there" },
                { { start, { LINK_CREDIT, .id = 1, .credit = 1 } },
                  "CREDIT of stream 1 for what was not sent" },
                { { start, { LINK_CREDIT, .id = 1 } }, "CREDIT of stream 1 for what was not sent" },
                { { start, full, { LINK_END, .id = 1 }, { LINK_END, .id = 1 } },
                  "END of stream 1 for the second time" },
                { { start, full, { LINK_END, .id = 1 }, { LINK_DATA, .id = 1, .data = "x", .size = 1 } },
                  "DATA of stream 1 behind its END" },
                { { start, full, full, full, full, { LINK_DATA, .id = 1, .data = "x", .size = 1 } },
                  "DATA of stream 1 for which there is no room" },
                { { { LINK_STATUS, .app = 2 } }, "there is no app 2" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *why = NULL;
                int stage[2], r = 0;
                End host;

                _cleanup_close_ int fd = open_host(0, &host);
                assert_return_code(pipe2(stage, O_CLOEXEC), 0);
                (void) fill_pipe(stage[1]);
                host.out = stage[1];
                for (size_t j = 0; j < ELEMENTSOF(cases[i].said) && cases[i].said[j].type > 0; j++) {
                        say(fd, &cases[i].said[j]);
                        if (r >= 0)
                                r = turn(&host, 100, &why);
                }
                if (r != -EBADMSG || !why || !streq(why, cases[i].why))
                        fail_msg("%d '%s' instead of '%s'", r, why, cases[i].why);
                close(stage[0]);
                fd_close(host.out);
                link_free(host.link);
        }
}

static void test_ends(void **state) {
        _cleanup_free_ char *why = NULL;
        End host;

        int fd = open_host(0, &host);
        say(fd, &(LinkMessage) { LINK_READY });
        close(fd); /* what came before is heard, even by one who has something to say himself */
        assert_return_code(link_send(host.link, &(LinkMessage) { LINK_STOP }), 0);
        assert_return_code(turn(&host, 100, &why), 0);
        assert_int_equal(host.last.type, LINK_READY);
        assert_int_equal(turn(&host, 100, &why), -ECONNRESET);
        assert_null(why);
        link_free(host.link);

        fd = open_host(0, &host);
        say(fd, &(LinkMessage) { LINK_FAILED, .text = "x" });
        assert_int_equal(turn(&host, 100, &why), -ECANCELED);
        close(fd);
        link_free(host.link);

        fd = open_host(0, &host);
        assert_return_code(fd_write_full(fd, "\377\0\0\0\0\0\0\0\0\0\0\0", 12), 0);
        assert_int_equal(turn(&host, 100, &why), -EBADMSG);
        assert_string_equal(why, "frame of type 255");
        close(fd);
        link_free(host.link);
}

/* So many are heard in a second, then the other end has to wait. */
static void test_flood(void **state) {
        unsigned before = 0;
        End host;

        _cleanup_close_ int fd = open_host(50, &host);
        for (unsigned i = 0; i < 120; i++)
                say(fd, &(LinkMessage) { LINK_NOTIFY, .text = "STATUS=x" });
        for (unsigned i = 0; i < 4; i++) {
                assert_return_code(turn(&host, 0, NULL), 0);
                before = MAX(before, host.n_messages);
        }
        assert_true(before >= 50 && before <= 100); /* a second may just have begun */
        for (unsigned i = 0; i < 200 && host.n_messages < 120; i++)
                assert_return_code(turn(&host, 100, NULL), 0);
        assert_int_equal(host.n_messages, 120);

        link_free(host.link);
}

static void test_held(void **state) {
        End host;

        _cleanup_close_ int fd = open_host(0, &host);
        say(fd, &(LinkMessage) { LINK_READY });
        link_hold(host.link, true);
        assert_return_code(turn(&host, 1, NULL), 0);
        assert_int_equal(host.n_messages, 0);
        link_hold(host.link, false);
        assert_return_code(turn(&host, 100, NULL), 0);
        assert_int_equal(host.n_messages, 1);

        link_free(host.link);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_messages),    cmocka_unit_test(test_stream),
                cmocka_unit_test(test_reader_gone), cmocka_unit_test(test_slow_reader),
                cmocka_unit_test(test_both_ways),   cmocka_unit_test(test_closed_by_us),
                cmocka_unit_test(test_unwanted),    cmocka_unit_test(test_reserved),
                cmocka_unit_test(test_full),        cmocka_unit_test(test_against_the_rules),
                cmocka_unit_test(test_ends),        cmocka_unit_test(test_flood),
                cmocka_unit_test(test_held),
        };

        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
