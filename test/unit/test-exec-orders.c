/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod-tool/exec-orders.h.
 * Never: makes a pod but a directory with an app's orders in it.
 * Follows: pod-tool/exec-orders.h, pod/init-config.h. */

#include "scratch.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "pod-tool/exec-orders.h"

#define APP                                                                                                      \
        "user=web\0group=log\0gid=7\0member-groups=1\0cwd=/srv\0make-cwd=1\0caps=ff\0nnp=1\0stop-signal=15\0"    \
        "env=A=1\0env=TERM=dumb\0filter=1\0mask=/proc/x\0read-only=/proc/y\0sysctl=a=b\0listen=http\0notify=1\0" \
        "watchdog=5\0terminal=1\0ambient=1\0arg=/bin/app\0arg=-x\0unknown=kept\0"

/* The records, a line each. */
static char *make(const ExecOrders *o) {
        static char *argv[] = { (char *) "cat", (char *) "a=b", NULL };
        const PodDir p = { .fd = scratch.fd };
        _cleanup_blob_ Blob text = {};
        ExecOrders orders = *o;

        orders.app = "web";
        orders.argv = argv;
        _cleanup_close_ int fd = exec_orders_make(&p, &orders);
        assert_true(fd >= 0);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(fd_read_blob(fd, 4096, &text), 0);
        for (size_t i = 0; i < text.size; i++)
                if (((char *) text.data)[i] == '\0')
                        ((char *) text.data)[i] = '\n';

        return TAKE_BLOB(text).data;
}

static int setup(void **state) {
        int r = scratch_setup(state);

        scratch_mkdir("apps");
        scratch_mkdir("apps/web");
        scratch_write_bytes("apps/web/init", APP, sizeof(APP) - 1);
        return r;
}

static void test_like_the_app(void **state) {
        _cleanup_free_ char *text = make(&(ExecOrders) {});

        assert_string_equal(
                        text,
                        "user=web\ngroup=log\ngid=7\nmember-groups=1\ncwd=/srv\nmake-cwd=1\ncaps=ff\nnnp=1\nstop-signal=15\n"
                        "env=A=1\nenv=TERM=dumb\nfilter=1\nambient=1\nunknown=kept\narg=cat\narg=a=b\n");
}

static void test_otherwise(void **state) {
        char *environment[] = { (char *) "A=2", (char *) "B=", NULL };
        _cleanup_free_ char *text = make(&(ExecOrders) {
                        .user = "db:7",
                        .working_directory = "/",
                        .environment = environment,
                        .terminal = "xterm",
                        .root = "/tools",
        });

        assert_string_equal(
                        text,
                        "caps=ff\nnnp=1\nstop-signal=15\nfilter=1\nambient=1\nunknown=kept\nuser=db\ngroup=7\ncwd=/\nroot=/tools\n"
                        "terminal=1\nenv=TERM=xterm\nenv=A=2\nenv=B=\narg=cat\narg=a=b\n");
}

static void test_terminal_type(void **state) {
        char *environment[] = { (char *) "TERM=vt52", NULL };
        _cleanup_free_ char *text = make(&(ExecOrders) { .terminal = "xterm", .environment = environment });

        assert_null(strstr(text, "xterm"));
        assert_null(strstr(text, "dumb"));
        assert_non_null(strstr(text, "env=TERM=vt52\n"));
}

static void test_refused(void **state) {
        const PodDir p = { .fd = scratch.fd };

        assert_int_equal(exec_orders_make(&p, &(ExecOrders) { .app = "none" }), -ENOENT);
        scratch_write("apps/web/init", "user");
        assert_int_equal(exec_orders_make(&p, &(ExecOrders) { .app = "web" }), -EBADMSG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_like_the_app, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_otherwise, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_terminal_type, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_refused, setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
