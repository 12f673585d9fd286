/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/control, by a stage that answers without doing anything.
 * Never: needs a pod.
 * Follows: pod/control.h. */

#include "scratch.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "basic/fd.h"
#include "basic/local-socket.h"
#include "pod/control.h"

/* A command that says which signal it was sent. */
static int execute(int fd, const ControlRequest *q) {
        int sig, r = control_receive_signal(fd, &sig);

        if (r < 0)
                return control_answer(fd, r, "nobody waits");
        dprintf(q->fds.streams[1], "%c%s %d", q->verb, q->app, sig);
        return control_answer(fd, 143, NULL);
}

/* Serves one connection: says what it was asked if that was to stop "web", else it is done. */
static pid_t serve(int listener) {
        pid_t pid = fork();

        if (pid == 0) {
                ControlRequest q;
                int fd, r;

                while ((fd = accept(listener, NULL, NULL)) < 0)
                        usleep(1000);
                r = control_receive(fd, &q);
                if (r < 0)
                        _exit(-r);
                if (q.fds.orders >= 0)
                        _exit(execute(fd, &q));
                if (q.verb == CONTROL_STOP && strcmp(q.app, "web") == 0)
                        _exit(control_answer(fd, -EBUSY, "it does not\nwant to"));
                _exit(q.verb == CONTROL_RESTART ? 0 : control_answer(fd, 0, NULL));
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

static void executes(void **state) {
        _cleanup_free_ char *why = NULL;
        char text[16] = {};
        int out[2];

        _cleanup_close_ int listener = control_listen(scratch.fd);
        assert_return_code(pipe(out), 0);
        const struct ControlFds fds = { .streams = { out[1], out[1], out[1] }, .orders = out[1] };
        pid_t pid = serve(listener);
        _cleanup_close_ int fd = control_exec(scratch.fd, CONTROL_EXEC, "web", &fds);
        assert_return_code(fd, -fd);
        assert_return_code(control_exec_signal(fd, SIGTERM), 0);
        assert_int_equal(control_exec_wait(fd, &why), 143);
        assert_null(why);
        assert_int_equal(wait_for(pid), 0);
        assert_int_equal(read(out[0], text, sizeof(text)), 7);
        assert_string_equal(text, "eweb 15");
        close(out[0]);
        close(out[1]);
}

static void refuses(void **state) {
        static const struct {
                const char *data;
                size_t size;
        } requests[] = { { "s", 1 },    { "xweb", 4 }, { "s\0", 2 }, { "sa\0b", 4 },
                         { "eweb", 4 }, { "tweb", 4 }, { "", 1 } };

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
                cmocka_unit_test_setup_teardown(executes, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(refuses, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(takes_over, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
