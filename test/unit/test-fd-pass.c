/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/fd-pass.
 * Never: leaves an fd open.
 * Follows: basic/fd-pass.h. */

#include "scratch.h"

#include <sys/socket.h>

#include "basic/fd-pass.h"
#include "basic/fd.h"

static void passes(void **state) {
        int sockets[2];

        assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), errno);
        assert_int_equal(fd_pass(sockets[0], scratch.fd), 0);
        int fd = fd_take(sockets[1]);
        assert_return_code(fd, -fd);
        assert_true(fd_is_same_file(fd, scratch.fd));
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        fd_close(fd);

        assert_int_equal(write(sockets[0], "x", 1), 1);
        assert_int_equal(fd_take(sockets[1]), -ENODATA);
        fd_close(sockets[0]);
        assert_int_equal(fd_take(sockets[1]), -ENODATA);
        assert_int_equal(fd_pass(sockets[1], scratch.fd), -EPIPE);
        fd_close(sockets[1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(passes, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
