/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of stage/notify.h.
 * Never: asks a systemd: test/system/test-notify.sh does.
 * Follows: sd_notify(3). */

#include "scratch.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "stage/notify.h"

static void check(const char *message, int ready, const char *passed) {
        _cleanup_free_ char *copy = strdup(message), *text = NULL;

        assert_non_null(copy);
        assert_int_equal(notify_filter(copy, &text), ready);
        assert_string_equal(text, passed);
}

static void test_what_systemd_may_hear(void **state) {
        check("", 0, "");
        check("READY=1", 1, "");
        check("READY=1\n", 1, "");
        check("STATUS=Up\nREADY=1\nWATCHDOG=1", 1, "STATUS=Up\nWATCHDOG=1\n");
        check("WATCHDOG=trigger", 0, "WATCHDOG=trigger\n");
        check("EXTEND_TIMEOUT_USEC=5000000", 0, "EXTEND_TIMEOUT_USEC=5000000\n");
        check("RELOADING=1\nMONOTONIC_USEC=12", 0, "RELOADING=1\nMONOTONIC_USEC=12\n");
        check("STOPPING=1\nERRNO=2", 0, "STOPPING=1\nERRNO=2\n");
        check("STATUS=", 0, "STATUS=\n");
}

static void test_what_it_may_not(void **state) {
        check("MAINPID=1", 0, "");
        check("FDSTORE=1\nFDNAME=x\nFDPOLL=0", 0, "");
        check("FDSTOREREMOVE=1\nFDNAME=x", 0, "");
        check("NOTIFYACCESS=all", 0, "");
        check("WATCHDOG_USEC=1", 0, "");
        check("BARRIER=1", 0, "");
        check("BUSERROR=x", 0, "");
        check("EXIT_STATUS=0", 0, "");
        check("X_NSPAWN_LEADER_PID=1", 0, "");
        check("READY=0", 0, "");
        check("READY=11", 0, "");
        check(" READY=1", 0, "");
        check("ready=1", 0, "");
        check("WATCHDOG=2", 0, "");
        check("EXTEND_TIMEOUT_USEC=-1", 0, "");
        check("EXTEND_TIMEOUT_USEC=", 0, "");
        check("ERRNO=ENOENT", 0, "");
        check("STATUS", 0, "");
        check("STATUS=x\rMAINPID=1", 0, "STATUS=x?MAINPID=1\n");
}

static void test_status_is_one_line_for_a_terminal(void **state) {
        char message[8 + 5000] = "STATUS=";

        check("STATUS=gr\xc3\xbc\xc3\x9f dich, it's 5\\6", 0, "STATUS=gr\xc3\xbc\xc3\x9f dich, it's 5\\6\n");
        check("STATUS=\x1b[2Jgone\xff", 0, "STATUS=?[2Jgone?\n");

        memset(message + 7, 'x', 5000);
        _cleanup_free_ char *text = NULL;
        assert_int_equal(notify_filter(message, &text), 0);
        assert_int_equal(strlen(text), 7 + 512 + 1);
}

static void test_leader(void **state) {
        static const struct {
                const char *message;
                NspawnNews news;
        } cases[] = {
                { "STATUS=Container running.\nX_NSPAWN_LEADER_PID=4711", { .leader = 4711 } },
                { "READY=1", { .ready = true } },
                { "READY=1\nX_NSPAWN_LEADER_PID=12\nX_NSPAWN_LEADER_PID=13",
                  { .leader = 12, .ready = true } },
                { "READY=0\nX_NSPAWN_LEADER_PID=-4", {} },
                { "X_NSPAWN_LEADER_PID=99999999999", {} },
                { "", {} },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *message = strdup(cases[i].message);
                NspawnNews news;

                assert_non_null(message);
                notify_parse_nspawn(message, &news);
                assert_int_equal(news.leader, cases[i].news.leader);
                assert_int_equal(news.ready, cases[i].news.ready);
        }
}

static void send_to(const char *name, const void *data, size_t size, int fd) {
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
                                  .cmsg_level = SOL_SOCKET,
                                  .cmsg_type = SCM_RIGHTS } };
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        struct iovec iov = { .iov_base = (void *) data, .iov_len = size };
        struct msghdr message = {
                .msg_name = &address, .msg_namelen = sizeof(address), .msg_iov = &iov, .msg_iovlen = 1
        };

        strcpy(address.sun_path, scratch_path(name));
        if (fd >= 0) {
                memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
                message.msg_control = &control;
                message.msg_controllen = sizeof(control);
        }

        _cleanup_close_ int from = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_true(from >= 0);
        assert_int_equal(sendmsg(from, &message, 0), size);
}

static void test_socket(void **state) {
        static char huge[NOTIFY_MESSAGE_MAX + 1];
        char text[NOTIFY_MESSAGE_MAX + 1];
        int barrier[2];

        _cleanup_close_ int fd = notify_listen(scratch.fd, "notify");
        assert_true(fd >= 0);
        assert_int_equal(notify_receive(fd, text), 0);

        send_to("notify", "READY=1", 7, -1);
        assert_int_equal(notify_receive(fd, text), 7);
        assert_string_equal(text, "READY=1");

        send_to("notify", "READY=1\0STATUS=", 15, -1);
        assert_int_equal(notify_receive(fd, text), 0);
        send_to("notify", "", 0, -1);
        assert_int_equal(notify_receive(fd, text), 0);
        memset(huge, 'x', sizeof(huge));
        send_to("notify", huge, sizeof(huge), -1);
        assert_int_equal(notify_receive(fd, text), 0);
        send_to("notify", huge, NOTIFY_MESSAGE_MAX, -1);
        assert_int_equal(notify_receive(fd, text), NOTIFY_MESSAGE_MAX);

        /* Whoever sends a barrier waits for the other end to be closed. */
        assert_int_equal(pipe(barrier), 0);
        send_to("notify", "BARRIER=1", 9, barrier[1]);
        close(barrier[1]);
        assert_false(fd_is_readable(barrier[0]));
        assert_int_equal(notify_receive(fd, text), 9);
        assert_true(fd_is_readable(barrier[0]));
        close(barrier[0]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_systemd_may_hear),
                cmocka_unit_test(test_what_it_may_not),
                cmocka_unit_test(test_status_is_one_line_for_a_terminal),
                cmocka_unit_test(test_leader),
                cmocka_unit_test_setup_teardown(test_socket, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
