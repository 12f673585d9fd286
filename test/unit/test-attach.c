/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of stage/attach.h: what clients get and may do, and that none is waited for but the first.
 * Never: needs a pod: the stage's loop is in a child, and its app repeats what it is told.
 * Follows: stage/attach.h, pod/attach.h. */

#include "scratch.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "console/attached.h"
#include "pod/annotations.h"
#include "stage/attach.h"

static pid_t stage = -1;

/* "much" makes it say a lot, "end" makes it end. */
static void answer(Attach *a, const char *word, size_t n) {
        static char much[ATTACH_DATA_MAX];

        if (n == 3 && memcmp(word, "end", 3) == 0) {
                attach_end(a, 3);
                attach_close(a);
                _exit(0);
        }
        if (n == 4 && memcmp(word, "much", 4) == 0)
                for (size_t i = 0; i < 1000 && attach_takes(a); i++)
                        attach_write(a, /* error= */ false, much, sizeof(much));
        else
                attach_write(a, /* error= */ true, word, n);
}

static void play_stage(bool input) {
        Pairs annotations = {};
        AppcPodApp app = { .name = (char *) "web" };
        Stage s = { .pod.fd = scratch.fd, .n_apps = 1, .uid_base = getuid() };
        StageApp staged = { .stage = &s, .app = &app, .fd = -EBADF };
        struct pollfd fds[ATTACH_POLL + 1];
        char word[64];
        Attach *a;

        if (input)
                (void) pairs_set(&annotations, ANNOTATION_STDIN, "open");
        app.annotations = annotations;
        if (attach_open(&staged, &a) < 0)
                _exit(1);
        int app_end = attach_stdin(a) < 0 ? -1 : dup(attach_stdin(a));
        attach_started(a);
        for (;;) {
                attach_poll(a, fds);
                fds[ATTACH_POLL] = (struct pollfd) { .fd = app_end, .events = POLLIN };
                if (poll(fds, ATTACH_POLL + 1, -1) < 0)
                        _exit(1);
                attach_dispatch(a, fds);
                if (fds[ATTACH_POLL].revents) {
                        ssize_t n = read(app_end, word, sizeof(word));
                        answer(a, n > 0 ? word : "end", n > 0 ? n : 3);
                }
        }
}

static void start_stage(bool input) {
        stage = fork();
        assert_return_code(stage, errno);
        if (stage == 0)
                play_stage(input);
}

static int setup(void **state) {
        int r = scratch_setup(state);

        start_stage(true);
        return r;
}

static int setup_deaf(void **state) {
        int r = scratch_setup(state);

        start_stage(false);
        return r;
}

static int teardown(void **state) {
        kill(stage, SIGKILL);
        waitpid(stage, NULL, 0);
        return scratch_teardown(state);
}

static int attach(bool input) {
        AttachHello hello;
        Console c;
        int r;

        console_init(&c);
        while ((r = attached_connect(&c, scratch.fd, &hello)) == -ENOENT || r == -ECONNREFUSED)
                usleep(1000); /* it has just been started */
        assert_int_equal(r, 0);
        assert_int_equal(hello.input, input);
        assert_int_equal(hello.terminal, false);
        return c.socket;
}

static void say(int socket, const char *message) {
        assert_int_equal(send(socket, message, strlen(message), MSG_NOSIGNAL), strlen(message));
}

static void hear(int socket, const char *message) {
        char got[64] = {};

        assert_int_equal(recv(socket, got, sizeof(got) - 1, 0), strlen(message));
        assert_string_equal(got, message);
}

static void test_several(void **state) {
        _cleanup_close_ int one = attach(true), two = attach(true);

        say(one, "ihello");
        hear(one, "rhello");
        hear(two, "rhello");
        say(two, "ithere");
        hear(one, "rthere");
        hear(two, "rthere");

        one = fd_close(one);
        say(two, "ialone");
        hear(two, "ralone");
}

static void test_end(void **state) {
        _cleanup_close_ int one = attach(true), two = attach(true);
        char message[1 + sizeof(AttachEnd)], byte;
        AttachEnd end;

        say(one, "e");
        assert_int_equal(recv(two, message, sizeof(message), 0), sizeof(message));
        memcpy(&end, message + 1, sizeof(end));
        assert_int_equal(message[0], ATTACH_END);
        assert_int_equal(end.status, 3);
        assert_int_equal(recv(two, &byte, 1, 0), 0);
        assert_int_equal(faccessat(scratch.fd, ATTACH_SOCKET, F_OK, 0), -1);
}

/* Who sends what is no message is dropped, and nobody else. */
static void test_hostile(void **state) {
        static const char *const bad[] = { "x", "h", "\xff", "w", "w1", "w12345", "o" };
        static char large[4 + ATTACH_DATA_MAX] = { 'i' };
        _cleanup_close_ int good = attach(true);
        char byte;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_close_ int fd = attach(true);
                say(fd, bad[i]);
                assert_true(recv(fd, &byte, 1, 0) <= 0);
        }
        _cleanup_close_ int fd = attach(true);
        assert_int_equal(send(fd, large, sizeof(large), MSG_NOSIGNAL), sizeof(large));
        assert_true(recv(fd, &byte, 1, 0) <= 0);

        say(good, "istill");
        hear(good, "rstill");
}

static void test_too_many(void **state) {
        int fds[ATTACH_CLIENTS];
        AttachHello hello;
        Console c;

        for (size_t i = 0; i < ATTACH_CLIENTS; i++)
                fds[i] = attach(true);
        console_init(&c);
        assert_int_equal(attached_connect(&c, scratch.fd, &hello), -EUSERS);
        fd_close(fds[3]);
        usleep(50000);
        fds[3] = attach(true);
        for (size_t i = 0; i < ATTACH_CLIENTS; i++)
                fd_close(fds[i]);
}

/* One that does not read is left behind; another that does gets all. */
static void test_slow(void **state) {
        _cleanup_close_ int slow = attach(true), quick = attach(true);
        char buffer[1 + ATTACH_DATA_MAX];
        size_t n = 0, got = 0;

        say(quick, "imuch");
        for (ssize_t k; n < 1000 && (k = recv(quick, buffer, sizeof(buffer), 0)) > 0; n++)
                got += k - 1;
        assert_true(got == 1000 * (size_t) ATTACH_DATA_MAX ||
                    n < 1000); /* it may have been too slow as well */

        for (n = 0; recv(slow, buffer, sizeof(buffer), 0) > 0; n++)
                ;
        assert_true(n < 1000);
        _cleanup_close_ int fresh = attach(true);
        say(fresh, "ihello");
        hear(fresh, "rhello");
}

static void test_deaf(void **state) {
        _cleanup_close_ int fd = attach(false);
        char byte;

        say(fd, "ihello");
        say(fd, "e");
        assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
        assert_int_equal(errno, EAGAIN);
}

/* What is left of a stage that was killed is in nobody's way. */
static void test_again(void **state) {
        _cleanup_close_ int before = attach(true);

        kill(stage, SIGKILL);
        waitpid(stage, NULL, 0);
        start_stage(true);
        _cleanup_close_ int fd = attach(true);
        say(fd, "iagain");
        hear(fd, "ragain");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_several, setup, teardown),
                cmocka_unit_test_setup_teardown(test_end, setup, teardown),
                cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
                cmocka_unit_test_setup_teardown(test_too_many, setup, teardown),
                cmocka_unit_test_setup_teardown(test_slow, setup, teardown),
                cmocka_unit_test_setup_teardown(test_deaf, setup_deaf, teardown),
                cmocka_unit_test_setup_teardown(test_again, setup, teardown),
        };

        alarm(60);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
