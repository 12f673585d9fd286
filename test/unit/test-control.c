/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/control, by a stage that answers without doing anything.
 * Never: needs a pod.
 * Follows: pod/control.h. */

#include "scratch.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include "basic/fd.h"
#include "basic/local-socket.h"
#include "pod/control.h"

/* Serves one connection: says what it was asked if that was to stop "web", else it is done. */
static pid_t serve(int listener) {
        pid_t pid = fork();

        if (pid == 0) {
                _cleanup_free_ char *app = NULL;
                ControlVerb verb;
                int fd, r;

                while ((fd = accept(listener, NULL, NULL)) < 0)
                        usleep(1000);
                r = control_receive(fd, &verb, &app);
                if (r < 0)
                        _exit(-r);
                if (verb == CONTROL_STOP && strcmp(app, "web") == 0)
                        _exit(control_answer(fd, -EBUSY, "it does not\nwant to"));
                _exit(verb == CONTROL_RESTART ? 0 : control_answer(fd, 0, NULL));
        }

        assert_true(pid > 0);
        return pid;
}

static int wait_for(pid_t pid) {
        int status;

        assert_int_equal(waitpid(pid, &status, 0), pid);
        return WEXITSTATUS(status);
}

static void answers(void **state) {
        _cleanup_free_ char *why = NULL;

        assert_int_equal(control_ask(scratch.fd, CONTROL_STOP, "web", NULL), -ENOENT);

        _cleanup_close_ int listener = control_listen(scratch.fd);
        assert_return_code(listener, -listener);
        pid_t pid = serve(listener);
        assert_int_equal(control_ask(scratch.fd, CONTROL_STOP, "web", &why), -EBUSY);
        assert_string_equal(why, "it does not");
        assert_int_equal(wait_for(pid), 0);

        pid = serve(listener);
        assert_int_equal(control_ask(scratch.fd, CONTROL_START, "web", NULL), 0);
        assert_int_equal(wait_for(pid), 0);

        pid = serve(listener);
        assert_int_equal(control_ask(scratch.fd, CONTROL_RESTART, "web", NULL), -ECONNRESET);
        assert_int_equal(wait_for(pid), 0);
}

static void refuses(void **state) {
        static const struct {
                const char *data;
                size_t size;
        } requests[] = { { "s", 1 }, { "xweb", 4 }, { "s\0", 2 }, { "sa\0b", 4 }, { "", 1 } };

        _cleanup_close_ int listener = control_listen(scratch.fd);
        for (size_t i = 0; i < ELEMENTSOF(requests); i++) {
                pid_t pid = serve(listener);
                _cleanup_close_ int fd = local_socket_connect(scratch.fd, CONTROL_SOCKET, SOCK_SEQPACKET);

                assert_return_code(fd, -fd);
                assert_int_equal(send(fd, requests[i].data, requests[i].size, 0), requests[i].size);
                assert_int_equal(wait_for(pid), EBADMSG);
        }
}

/* What a stage that was killed has left is in nobody's way. */
static void takes_over(void **state) {
        int first = control_listen(scratch.fd);
        assert_return_code(first, -first);
        fd_close(first);
        assert_int_equal(control_ask(scratch.fd, CONTROL_STOP, "web", NULL), -ECONNREFUSED);

        _cleanup_close_ int second = control_listen(scratch.fd);
        assert_return_code(second, -second);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(answers, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(refuses, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(takes_over, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
