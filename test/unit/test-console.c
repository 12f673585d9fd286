/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of console/console.h and console/attached.h: all that is said arrives, and the end is noticed.
 * Never: needs a terminal; test/system/test-exec.sh has those.
 * Follows: console/console.h, pod/attach.h. */

#include "scratch.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "basic/fd.h"
#include "console/attached.h"

#define MUCH (1000 * 1000)

static const char much[MUCH];

static void make_pipe(int *ret_read, int *ret_write) {
        int fds[2];

        assert_return_code(pipe2(fds, O_CLOEXEC), errno);
        *ret_read = fds[0];
        *ret_write = fds[1];
}

/* The process at the other end. */
static pid_t start(void (*play)(const int *fds), const int *fds) {
        pid_t pid = fork();

        assert_return_code(pid, errno);
        if (pid == 0) {
                play(fds);
                _exit(0);
        }
        return pid;
}

static bool on_child(int sig, void *userdata) {
        return sig == SIGCHLD && waitpid(*(pid_t *) userdata, NULL, WNOHANG) > 0;
}

static void open_console(Console *c, pid_t *child) {
        console_init(c);
        c->on_signal = on_child;
        c->userdata = child;
        assert_int_equal(console_catch_signals(c), 0);
}

static size_t read_all(int fd) {
        _cleanup_blob_ Blob b = {};

        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(fd_read_blob(fd, 2 * MUCH, &b), 0);
        return b.size;
}

/* Copies what it is told, and leaves somebody behind who has the pipes and never ends. */
static void play_cat(const int *fds) {
        char buffer[4096];
        ssize_t n;

        for (int fd = 3; fd < 32; fd++)
                if (fd != fds[0] && fd != fds[1])
                        close(fd);
        while ((n = read(fds[0], buffer, sizeof(buffer))) > 0)
                (void) fd_write_full(fds[1], buffer, n);
        if (fork() == 0)
                for (;;)
                        if (sleep(20) == 0)
                                _exit(0);
}

static void test_streams(void **state) {
        _cleanup_console_ Console c;
        int fds[2];
        pid_t child;

        open_console(&c, &child);
        scratch_write_bytes("in", much, MUCH);
        _cleanup_close_ int in = openat(scratch.fd, "in", O_RDONLY | O_CLOEXEC);
        _cleanup_close_ int out = openat(scratch.fd, "out", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        c.in.from = in;
        c.out.to = out;
        make_pipe(&fds[0], &c.in.to);
        make_pipe(&c.out.from, &fds[1]);
        child = start(play_cat, fds);
        close(fds[0]);
        close(fds[1]);

        assert_int_equal(console_run(&c), CONSOLE_ENDED);
        assert_int_equal(read_all(out), MUCH);
}

static void say(int socket, char type, const void *data, size_t n) {
        char message[1 + ATTACH_DATA_MAX];

        message[0] = type;
        memcpy(message + 1, data, n);
        (void) !send(socket, message, 1 + n, MSG_NOSIGNAL);
}

/* A stage: what it is told, it says again, and on the other stream how much that was. */
static void play_stage(const int *fds) {
        static const AttachEnd end = { .status = 7 };
        char message[1 + ATTACH_DATA_MAX];
        ssize_t n;

        while ((n = recv(fds[0], message, sizeof(message), 0)) > 0 && message[0] != ATTACH_INPUT_END)
                if (message[0] == ATTACH_INPUT) {
                        say(fds[0], ATTACH_OUTPUT, message + 1, n - 1);
                        say(fds[0], ATTACH_ERROR, "x", 1);
                        say(fds[0], '?', "what is this", 12);
                }
        say(fds[0], ATTACH_END, &end, sizeof(end));
        pause();
}

static void test_socket(void **state) {
        _cleanup_console_ Console c;
        pid_t child;
        int theirs;

        open_console(&c, &child);
        scratch_write_bytes("in", much, MUCH);
        _cleanup_close_ int in = openat(scratch.fd, "in", O_RDONLY | O_CLOEXEC);
        _cleanup_close_ int out = openat(scratch.fd, "out", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        _cleanup_close_ int err = openat(scratch.fd, "err", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        c.in.from = in;
        c.out.to = out;
        c.err.to = err;
        assert_int_equal(attached_prepare(&c, &theirs), 0);
        child = start(play_stage, &theirs);
        close(theirs);

        assert_int_equal(console_run(&c), CONSOLE_ENDED);
        assert_int_equal(c.status, 7);
        assert_int_equal(read_all(out), MUCH);
        assert_true(read_all(err) > 0);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
}

/* A stage that is killed, with half a message of its end on the way. */
static void play_killed(const int *fds) {
        say(fds[0], ATTACH_OUTPUT, "last", 4);
        say(fds[0], ATTACH_END, "x", 1);
}

static bool never(int sig, void *userdata) {
        return false;
}

static void test_killed(void **state) {
        _cleanup_console_ Console c;
        pid_t child;
        int theirs;

        open_console(&c, &child);
        c.on_signal = never;
        _cleanup_close_ int out = openat(scratch.fd, "out", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        c.out.to = out;
        assert_int_equal(attached_prepare(&c, &theirs), 0);
        attached_resize(&c, 25, 80); /* which it does not read */
        child = start(play_killed, &theirs);
        close(theirs);
        assert_int_equal(waitid(P_PID, child, &(siginfo_t) {}, WEXITED | WNOWAIT), 0);

        assert_int_equal(console_run(&c), CONSOLE_ENDED);
        assert_true(c.status < 0);
        assert_int_equal(read_all(out), 4);
        waitpid(child, NULL, 0);
}

/* Nobody reads any more: the writer is to notice. */
static void play_yes(const int *fds) {
        signal(SIGPIPE, SIG_DFL);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        for (int fd = 3; fd < 32; fd++)
                if (fd != fds[0])
                        close(fd);
        while (write(fds[0], "y\n", 2) == 2)
                ;
}

static void test_reader_gone(void **state) {
        _cleanup_console_ Console c;
        int nobody, fd;
        pid_t child;

        open_console(&c, &child);
        make_pipe(&nobody, &c.out.to);
        close(nobody);
        make_pipe(&c.out.from, &fd);
        child = start(play_yes, &fd);
        close(fd);

        assert_int_equal(console_run(&c), CONSOLE_ENDED);
        close(c.out.to);
}

static bool send_some(Console *c) {
        flow_put(&c->in, much, FLOW_MAX);
        while (!flow_is_empty(&c->in)) {
                size_t before = c->in.start;

                attached_send(c);
                if (c->in.start == before)
                        return false;
        }
        return true;
}

/* A stage that is slow to read is told of the end all the same. */
static void test_end_waits(void **state) {
        char message[1 + ATTACH_DATA_MAX];
        _cleanup_console_ Console c;
        int theirs;

        console_init(&c);
        assert_int_equal(attached_prepare(&c, &theirs), 0);
        _cleanup_close_ int stage = theirs;
        while (send_some(&c))
                ;
        c.in.start = c.in.end;
        attached_end_input(&c);
        assert_true(attached_events(&c) & POLLOUT);

        while (recv(stage, message, sizeof(message), MSG_DONTWAIT) > 0)
                ;
        assert_int_equal(errno, EAGAIN);
        attached_send(&c);
        assert_int_equal(recv(stage, message, sizeof(message), MSG_DONTWAIT), 1);
        assert_int_equal(message[0], ATTACH_INPUT_END);
        assert_false(attached_events(&c) & POLLOUT);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_streams, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_socket, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_killed, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_reader_gone, scratch_setup, scratch_teardown),
                cmocka_unit_test(test_end_waits),
        };

        alarm(60);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
