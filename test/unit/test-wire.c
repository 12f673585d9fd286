/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry/wire.h.
 * Never: starts a process; what a hostile one could send is written down here byte by byte.
 * Follows: unix(7). */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "registry/wire.h"

#define FDS_MAX 8

#define WORDS(...) ((char *const *) (const char *const[]) { __VA_ARGS__, NULL })

static int ours = -EBADF, theirs = -EBADF;

static int setup(void **state) {
        int sockets[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) < 0)
                return -1;
        ours = sockets[0];
        theirs = sockets[1];
        return 0;
}

static int teardown(void **state) {
        ours = fd_close(ours);
        theirs = fd_close(theirs);
        return 0;
}

/* Whoever sends more fds than are taken must not fill our table with them. */
static size_t count_fds(void) {
        _cleanup_closedir_ DIR *d = opendir("/proc/self/fd");
        size_t n = 0;

        assert_non_null(d);
        while (readdir(d))
                n++;
        return n;
}

/* What is sent is received, and nothing is left behind. */
static void passes(char *const *words) {
        _cleanup_strv_ char **received = NULL;
        int fd = 12345;

        assert_return_code(wire_send(theirs, words, -EBADF), 0);
        assert_int_equal(wire_receive(ours, &received, &fd), 1);
        assert_int_equal(fd, -EBADF);
        assert_int_equal(strv_length(received), strv_length(words));
        for (size_t i = 0; words[i]; i++)
                assert_string_equal(received[i], words[i]);
        assert_int_equal(wire_receive(ours, &received, &fd), -EAGAIN);
}
#define PASSES(...) passes(WORDS(__VA_ARGS__))

static void test_words(void **state) {
        PASSES("done");
        PASSES("");
        PASSES("", "", "");
        PASSES("failed", "2", "no such tag");
        PASSES("blob", "a\nb", "\x1b[31m", "\xff", " ");
}

static void test_order(void **state) {
        _cleanup_strv_ char **first = NULL, **second = NULL;
        int fd;

        assert_return_code(wire_send(theirs, WORDS("one"), -EBADF), 0);
        assert_return_code(wire_send(theirs, WORDS("two", "three"), -EBADF), 0);
        assert_int_equal(wire_receive(ours, &first, &fd), 1);
        assert_int_equal(wire_receive(ours, &second, &fd), 1);
        assert_string_equal(first[0], "one");
        assert_string_equal(second[1], "three");
}

static void test_size(void **state) {
        _cleanup_free_ char *word = malloc(WIRE_MAX + 1);

        assert_non_null(word);
        memset(word, 'x', WIRE_MAX);
        word[WIRE_MAX] = '\0';
        assert_int_equal(wire_send(theirs, WORDS(word), -EBADF), -EMSGSIZE);
        assert_int_equal(wire_send(theirs, WORDS(word + 2, "", ""), -EBADF), -EMSGSIZE);

        PASSES(word + 1);
        PASSES(word + 2, "");
}

static void test_fd(void **state) {
        _cleanup_strv_ char **words = NULL;
        char text[8] = {};
        int fds[2], fd;

        assert_return_code(pipe(fds), errno);
        assert_return_code(wire_send(theirs, WORDS("file", "0"), fds[1]), 0);
        fd_close(fds[1]);
        assert_int_equal(wire_receive(ours, &words, &fd), 1);
        assert_true(fd >= 0);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);

        assert_int_equal(write(fd, "yes", 3), 3);
        fd_close(fd);
        assert_int_equal(read(fds[0], text, sizeof(text)), 3);
        assert_int_equal(read(fds[0], text, sizeof(text)), 0); /* nobody else has kept it */
        fd_close(fds[0]);
}

static void test_closed(void **state) {
        _cleanup_strv_ char **words = NULL;
        int fd;

        assert_return_code(wire_send(theirs, WORDS("last"), -EBADF), 0);
        theirs = fd_close(theirs);
        assert_int_equal(wire_receive(ours, &words, &fd), 1); /* what was said before counts */
        assert_int_equal(wire_receive(ours, &words, &fd), 0);
        assert_int_equal(wire_send(ours, WORDS("hello"), -EBADF), -EPIPE);
}

/* With something of ours that it has not read, the kernel calls it a reset. */
static void test_closed_unread(void **state) {
        _cleanup_strv_ char **words = NULL;
        int fd;

        assert_return_code(wire_send(ours, WORDS("unread"), -EBADF), 0);
        theirs = fd_close(theirs);
        assert_int_equal(wire_receive(ours, &words, &fd), 0);
        assert_int_equal(wire_send(ours, WORDS("hello"), -EBADF), -EPIPE);
}

/* Any bytes, with as many fds. */
static void send_raw(const void *data, size_t size, size_t n_fds) {
        union {
                char buffer[CMSG_SPACE(FDS_MAX * sizeof(int))];
                struct cmsghdr align;
        } control = {};
        struct iovec iov = { .iov_base = (void *) data, .iov_len = size };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
        int fds[FDS_MAX];

        assert_true(n_fds <= FDS_MAX);
        if (n_fds > 0) {
                for (size_t i = 0; i < n_fds; i++)
                        fds[i] = theirs;
                control.align.cmsg_level = SOL_SOCKET;
                control.align.cmsg_type = SCM_RIGHTS;
                control.align.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
                memcpy(CMSG_DATA(&control.align), fds, n_fds * sizeof(int));
                message.msg_control = control.buffer;
                message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        }
        assert_int_equal(sendmsg(theirs, &message, 0), size);
}

static void refuses(const void *data, size_t size, size_t n_fds, int expected) {
        char **words = (char **) "untouched";
        int fd = 12345;

        size_t before = count_fds();
        send_raw(data, size, n_fds);
        assert_int_equal(wire_receive(ours, &words, &fd), expected);
        assert_string_equal((char *) words, "untouched");
        assert_int_equal(fd, 12345);
        assert_int_equal(count_fds(), before);
}

static void test_hostile_bytes(void **state) {
        static char large[WIRE_MAX + 1];

        refuses("done", 4, 0, -EBADMSG);      /* no NUL at all */
        refuses("done\0\0x", 7, 0, -EBADMSG); /* none behind the last word */
        refuses("x", 1, 1, -EBADMSG);         /* nor with an fd */
        refuses(large, sizeof(large), 0, -EBADMSG);
        memset(large, 'x', sizeof(large));
        refuses(large, sizeof(large), 1, -EBADMSG);
        refuses("", 0, 0, 0); /* an empty message is as good as an end */
        refuses("", 0, 1, 0);
}

static void test_hostile_fds(void **state) {
        for (size_t n = 2; n <= FDS_MAX; n++)
                refuses("done", 5, n, -EBADMSG);
}

/* As many as there can be: time must not grow with the square. */
static void test_many_words(void **state) {
        _cleanup_strv_ char **words = NULL;
        static char empty[WIRE_MAX];
        int fd;

        clock_t begin = clock();
        send_raw(empty, sizeof(empty), 0);
        assert_int_equal(wire_receive(ours, &words, &fd), 1);
        assert_int_equal(strv_length(words), WIRE_MAX);
        assert_true(clock() - begin < CLOCKS_PER_SEC / 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_words, setup, teardown),
                cmocka_unit_test_setup_teardown(test_order, setup, teardown),
                cmocka_unit_test_setup_teardown(test_size, setup, teardown),
                cmocka_unit_test_setup_teardown(test_fd, setup, teardown),
                cmocka_unit_test_setup_teardown(test_closed, setup, teardown),
                cmocka_unit_test_setup_teardown(test_closed_unread, setup, teardown),
                cmocka_unit_test_setup_teardown(test_hostile_bytes, setup, teardown),
                cmocka_unit_test_setup_teardown(test_hostile_fds, setup, teardown),
                cmocka_unit_test_setup_teardown(test_many_words, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
