/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of kvm-stage1/console.h, as far as it can be without a journal.
 * Never: waits.
 * Follows: kvm-stage1/console.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "basic/fd.h"
#include "kvm-stage1/console.h"

/* Somebody who reads what would go to the journal. */
static int open_reader(Console *c) {
        int fds[2];

        assert_int_equal(console_open("test", LOG_INFO, c), 0);
        fd_close(c->journal);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
        c->journal = fds[0];
        return fds[1];
}

static void test_text(void **state) {
        Console c = CONSOLE_NONE;
        char text[64] = "";

        int reader = open_reader(&c);
        assert_int_equal(fd_write_full(c.to, "a\tb\r\n\033[2Jc\177\n", 12), 0);
        console_started(&c);
        console_drain(&c);
        assert_int_equal(read(reader, text, sizeof(text)), 12);
        assert_memory_equal(text, "a\tb \n?[2Jc?\n", 12);
        assert_int_equal(c.from, -EBADF); /* that was its end */

        fd_close(reader);
        console_close(&c);
}

/* Whatever comes is taken, but the journal does not get all of it. */
static void test_flood(void **state) {
        Console c = CONSOLE_NONE;
        char block[4096], text[4096];
        size_t passed = 0;
        ssize_t n;

        int reader = open_reader(&c);
        memset(block, 'x', sizeof(block));
        for (int i = 0; i < 100; i++) {
                assert_int_equal(fd_write_full(c.to, block, sizeof(block)), 0);
                console_drain(&c);
                while ((n = read(reader, text, sizeof(text))) > 0)
                        passed += (size_t) n;
        }
        assert_in_range(passed, sizeof(block), 200 * 1024);

        fd_close(reader);
        console_close(&c);
}

static void test_ignored(void **state) {
        Console c = CONSOLE_NONE;
        char text[8];

        int reader = open_reader(&c);
        c.ignored = true;
        assert_int_equal(fd_write_full(c.to, "bye\n", 4), 0);
        console_drain(&c);
        assert_int_equal(read(reader, text, sizeof(text)), -1);

        fd_close(reader);
        console_close(&c);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_text),
                cmocka_unit_test(test_flood),
                cmocka_unit_test(test_ignored),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
