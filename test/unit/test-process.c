/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/process.
 * Never: leaves a child behind.
 * Follows: basic/process.h. */

#include "capture.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/str.h"
#include "config.h"

#define ARGV(...) ((char *const[]) { (char *) __VA_ARGS__, NULL })
#define SH(script) ARGV("/bin/sh", (char *) "-c", (char *) script)

#define FULL(...) (&(Spawn) { __VA_ARGS__ })
#define SPAWN(...) FULL(.in = -EBADF, .out = -EBADF, .err = -EBADF, __VA_ARGS__)

static void no_children_left(void) {
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
}

static void test_exit_status(void **state) {
        assert_int_equal(process_run(SPAWN(.argv = SH("exit 0"))), 0);
        assert_int_equal(process_run(SPAWN(.argv = SH("exit 7"))), 7);
        assert_int_equal(process_run(SPAWN(.argv = SH("exit 255"))), 255);
        assert_int_equal(process_run(SPAWN(.argv = SH("kill -TERM $$"))), 128 + SIGTERM);
        assert_int_equal(process_run(SPAWN(.argv = SH("kill -KILL $$"))), 128 + SIGKILL);
        no_children_left();
}

static void test_path(void **state) {
        assert_int_equal(process_run(SPAWN(.argv = ARGV("true"))), 0);
        assert_int_equal(process_run(SPAWN(.argv = ARGV("false"))), 1);
}

static void test_cannot_execute(void **state) {
        pid_t pid = 12345;

        assert_int_equal(process_spawn(SPAWN(.argv = ARGV("/nonexistent/program")), &pid), -ENOENT);
        assert_int_equal(process_spawn(SPAWN(.argv = ARGV("no-such-program-in-path")), &pid), -ENOENT);
        assert_int_equal(process_spawn(SPAWN(.argv = ARGV("/etc/passwd")), &pid), -EACCES);
        assert_int_equal(process_spawn(SPAWN(.argv = ARGV("/")), &pid), -EACCES);
        assert_int_equal(process_run(SPAWN(.argv = ARGV("/nonexistent/program"))), -ENOENT);
        assert_int_equal(pid, 12345);
        no_children_left();
}

static void test_spawn_and_wait(void **state) {
        pid_t first, second;

        assert_int_equal(process_spawn(SPAWN(.argv = SH("exit 1")), &first), 0);
        assert_int_equal(process_spawn(SPAWN(.argv = SH("exit 2")), &second), 0);
        assert_int_equal(process_wait(second), 2);
        assert_int_equal(process_wait(first), 1);
        assert_int_equal(process_wait(first), -ECHILD);
}

static void on_alarm(int signal) {
}

static void test_wait_is_not_interrupted(void **state) {
        struct sigaction action = { .sa_handler = on_alarm }, old;

        assert_return_code(sigaction(SIGALRM, &action, &old), errno);
        ualarm(20000, 20000);
        int r = process_run(SPAWN(.argv = SH("sleep 0.2; exit 3")));
        ualarm(0, 0);
        assert_return_code(sigaction(SIGALRM, &old, NULL), errno);
        assert_int_equal(r, 3);
}

static void captures(const Spawn *s, size_t limit, int expected, const char *expected_text) {
        char *text = NULL;

        int r = process_capture(s, limit, &text);
        if (r != expected || !streq_ptr(text, expected_text))
                fail_msg("%d, '%s' instead of %d, '%s'", r, text, expected, expected_text);
        free(text);
        no_children_left();
}

static void test_capture(void **state) {
        captures(SPAWN(.argv = SH("echo one; echo two")), 100, 0, "one\ntwo\n");
        captures(SPAWN(.argv = SH("printf abc; exit 5")), 100, 5, "abc");
        captures(SPAWN(.argv = SH("")), 100, 0, "");
        captures(SPAWN(.argv = SH("printf abc")), 3, 0, "abc");
        captures(SPAWN(.argv = SH("printf abcd")), 3, -EFBIG, NULL);
        captures(SPAWN(.argv = SH("kill -9 $$")), 3, 128 + SIGKILL, "");
        captures(SPAWN(.argv = ARGV("/nonexistent")), 3, -ENOENT, NULL);
        captures(SPAWN(.argv = ARGV("yes")), 100000, -EFBIG, NULL); /* which is ended by it */
}

static void test_standard_streams(void **state) {
        int fds[2];

        captures(SPAWN(.argv = ARGV("cat")), 100, 0, ""); /* standard input is /dev/null, not ours */
        captures(SPAWN(.argv = SH("readlink /proc/self/fd/0")), 100, 0, "/dev/null\n");

        assert_return_code(pipe2(fds, O_CLOEXEC), errno);
        assert_int_equal(write(fds[1], "from a pipe", 11), 11);
        close(fds[1]);
        captures(FULL(.argv = ARGV("cat"), .in = fds[0], .out = -EBADF, .err = -EBADF), 100, 0,
                 "from a pipe");
        close(fds[0]);

        /* Both to one file, which is how programs are made silent. */
        int file = memfd_create("output", MFD_CLOEXEC);
        assert_int_equal(process_run(FULL(.argv = SH("echo out; echo err >&2"), .in = -EBADF, .out = file,
                                          .err = file)),
                         0);
        char *text = capture_read(file);
        assert_string_equal(text, "out\nerr\n");
        free(text);
}

static int inherits_streams(void *userdata) {
        return process_run(SPAWN(.argv = SH("echo out; echo err >&2")));
}

static void test_inherited_streams(void **state) {
        _cleanup_captured_ Captured c = capture(inherits_streams, NULL);

        assert_exited(&c, 0);
        assert_string_equal(c.out, "out\n");
        assert_string_equal(c.err, "err\n");
}

static int new_file(const char *text) {
        int fd = memfd_create(text, MFD_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        return fd;
}

static void test_pass(void **state) {
        int a = new_file("A"), b = new_file("B"), c = new_file("C");

        captures(SPAWN(.argv = SH("cat <&3; cat <&4; cat <&5"), .pass = (int[]) { a, b, c }, .n_pass = 3),
                 10, 0, "ABC");
        fd_close(a);
        fd_close(b);
        fd_close(c);
}

/* The numbers overlap with those they become: nothing may be overwritten before it has been moved. */
static int pass_shuffled(void *userdata) {
        static const int sources[] = { 5, 3, 4, 3 };

        for (int fd = 3; fd < 6; fd++) {
                int file = new_file((const char *[]) { "three ", "four ", "five " }[fd - 3]);
                if (dup3(file, fd + 20, O_CLOEXEC) < 0)
                        return 100;
                close(file);
        }
        for (int fd = 3; fd < 6; fd++)
                if (dup3(fd + 20, fd, O_CLOEXEC) < 0)
                        return 100;

        return process_run(
                        FULL(.argv = SH("for i in 3 4 5; do cat /dev/fd/$i; done; readlink /proc/self/fd/6"),
                             .in = 5, .out = -EBADF, .err = -EBADF, .pass = sources,
                             .n_pass = ELEMENTSOF(sources)));
}

static void test_pass_shuffled(void **state) {
        _cleanup_captured_ Captured c = capture(pass_shuffled, NULL);

        assert_exited(&c, 0);
        assert_string_equal(c.out, "five three four /memfd:three  (deleted)\n");
}

/* The standard streams themselves may be among what is passed, in any order. */
static int swap_streams(void *userdata) {
        return process_run(FULL(.argv = SH("echo out; echo err >&2; echo three >&3"), .in = -EBADF,
                                .out = STDERR_FILENO, .err = STDOUT_FILENO,
                                .pass = (int[]) { STDOUT_FILENO }, .n_pass = 1));
}

static void test_swapped_streams(void **state) {
        _cleanup_captured_ Captured c = capture(swap_streams, NULL);

        assert_exited(&c, 0);
        assert_string_equal(c.out, "err\nthree\n");
        assert_string_equal(c.err, "out\n");
}

/* Without standard streams of its own, as a daemon may be started. */
static int without_streams(void *userdata) {
        int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
        close(STDIN_FILENO);
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        return process_run(FULL(.argv = SH("echo fine; cat <&3"), .in = -EBADF, .out = out, .err = -EBADF,
                                .pass = (int[]) { new_file("three") }, .n_pass = 1));
}

static void test_without_streams(void **state) {
        _cleanup_captured_ Captured c = capture(without_streams, NULL);

        assert_exited(&c, 0);
        assert_string_equal(c.out, "fine\nthree");
}

/* Without opening anything itself. */
#define LIST_FDS                                                                                            \
        "i=0; while [ $i -le 1000 ]; do [ -h /proc/$$/fd/$i ] && echo $i; i=$((i + 1)); done; exit 0"

static void test_nothing_else_is_inherited(void **state) {
        int passed = new_file("x"), low = open("/dev/null", O_RDONLY), high = fcntl(low, F_DUPFD, 900);
        assert_true(low >= 0 && high >= 900); /* neither is close-on-exec */

        captures(SPAWN(.argv = SH(LIST_FDS)), 100, 0, "0\n1\n2\n");
        captures(SPAWN(.argv = SH(LIST_FDS), .pass = &passed, .n_pass = 1), 100, 0, "0\n1\n2\n3\n");

        int all[16];
        for (size_t i = 0; i < ELEMENTSOF(all); i++)
                all[i] = low;
        captures(SPAWN(.argv = SH(LIST_FDS), .pass = all, .n_pass = ELEMENTSOF(all)), 100, 0,
                 "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n");
        close(passed);
        close(low);
        close(high);
}

/* What the parent blocks or ignores for itself is no business of the child's. */
static void test_signals(void **state) {
        sigset_t blocked, old;

        sigemptyset(&blocked);
        sigaddset(&blocked, SIGTERM);
        sigaddset(&blocked, SIGCHLD);
        assert_return_code(sigprocmask(SIG_BLOCK, &blocked, &old), errno);
        signal(SIGPIPE, SIG_IGN);
        int term = process_run(SPAWN(.argv = SH("kill -TERM $$; exit 1")));
        int broken_pipe = process_run(SPAWN(.argv = SH("kill -PIPE $$; exit 1")));
        signal(SIGPIPE, SIG_DFL);
        assert_return_code(sigprocmask(SIG_SETMASK, &old, NULL), errno);

        assert_int_equal(term, 128 + SIGTERM);
        assert_int_equal(broken_pipe, 128 + SIGPIPE);
}

static void needs_root(void) {
        if (geteuid() != 0) {
                print_message("# skipped: becoming another user takes root\n");
                skip();
        }
}

static void test_user(void **state) {
        needs_root();

        struct passwd *pw = getpwnam("nobody");
        assert_non_null(pw);
        char expected[200];
        (void) snprintf(expected, sizeof(expected),
                        "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nGroups:\t \nCapPrm:\t0000000000000000\n"
                        "CapEff:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n",
                        pw->pw_uid, pw->pw_uid, pw->pw_uid, pw->pw_uid, pw->pw_gid, pw->pw_gid, pw->pw_gid,
                        pw->pw_gid);
        captures(SPAWN(.argv = ARGV("grep", (char *) "-E",
                                    (char *) "^(Uid|Gid|Groups|CapPrm|CapEff|CapAmb|NoNewPrivs):",
                                    (char *) "/proc/self/status"),
                       .user = "nobody"),
                 1000, 0, expected);

        captures(SPAWN(.argv = ARGV("true"), .user = "no-such-user"), 100, -ESRCH, NULL);
}

static void test_user_find(void **state) {
        uid_t uid = 12345;
        gid_t gid = 12345;

        assert_int_equal(user_find("no-such-user", &uid, &gid), -ESRCH);
        assert_int_equal(user_find("", &uid, &gid), -ESRCH);
        assert_true(uid == 12345 && gid == 12345);

        struct passwd *pw = getpwnam("daemon");
        assert_non_null(pw);
        struct passwd daemon = *pw;
        assert_int_equal(user_find("daemon", &uid, &gid), 0);
        assert_int_equal(uid, daemon.pw_uid);
        assert_int_equal(gid, daemon.pw_gid);

        assert_non_null(strstr(user_strerror(-ESRCH), "systemd-sysusers"));
        assert_string_equal(user_strerror(-EACCES), strerror(EACCES));
}

static int drop_unknown(void *userdata) {
        if (privilege_drop("no-such-user") != -ESRCH)
                return 1;

        return geteuid() == 0 ? 0 : 2;
}

static int drop(void *userdata) {
        if (setgroups(2, (gid_t[]) { 0, 12345 }) < 0)
                return 77;
        if (privilege_drop("nobody") != 0 || geteuid() == 0 || getegid() == 0 || getgroups(0, NULL) != 0)
                return 3;
        if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 ||
            open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0)
                return 4;

        return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 5;
}

static void test_privilege_drop(void **state) {
        needs_root();
        _cleanup_captured_ Captured c = capture(drop, NULL);
        assert_exited(&c, 0);
        _cleanup_captured_ Captured unknown = capture(drop_unknown, NULL);
        assert_exited(&unknown, 0);
}

/* Who has nothing to give up keeps what he is, and loses the way up. */
static int drop_nothing(void *userdata) {
        if (geteuid() == 0 && setresuid(1, 1, 1) < 0)
                return 1;

        uid_t before = geteuid();
        if (privilege_drop("no-such-user") != 0 || geteuid() != before)
                return 2;
        return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 3;
}

static void test_make_files_as(void **state) {
        char path[] = "/tmp/gantry-test-XXXXXX";
        struct stat st;

        if (geteuid() != 0)
                skip();
        assert_non_null(mkdtemp(path));
        assert_return_code(chmod(path, 0), errno);
        int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(process_make_files_as(524288), 0);
        assert_return_code(mkdirat(directory, "new", 0755), errno);
        assert_return_code(fchownat(directory, "new", 524289, 524288, 0), errno);
        assert_int_equal(process_make_files_as(0), 0);
        assert_return_code(mkdirat(directory, "other", 0755), errno);

        assert_return_code(fstatat(directory, "new", &st, 0), errno);
        assert_int_equal(st.st_uid, 524289);
        assert_int_equal(st.st_gid, 524288);
        assert_return_code(fstatat(directory, "other", &st, 0), errno);
        assert_int_equal(st.st_uid, 0);
        assert_return_code(unlinkat(directory, "new", AT_REMOVEDIR), errno);
        assert_return_code(unlinkat(directory, "other", AT_REMOVEDIR), errno);
        assert_return_code(rmdir(path), errno);
        fd_close(directory);
}

static void test_privilege_drop_without_root(void **state) {
        _cleanup_captured_ Captured c = capture(drop_nothing, NULL);
        assert_exited(&c, 0);
}

static void path_is(const char *name, const char *expected) {
        _cleanup_free_ char *path = NULL;

        assert_int_equal(program_path(name, &path), 0);
        assert_string_equal(path, expected);
}

static void test_program_path(void **state) {
        unsetenv("GANTRY_EXEC_DIR");
        path_is("gantry-verify", GANTRY_BIN_DIR "/gantry-verify");
        path_is("seal-layer", GANTRY_LIBEXEC_DIR "/seal-layer");
        path_is("stage1-nspawn", GANTRY_LIBEXEC_DIR "/stage1-nspawn");
        path_is("gantry-init", GANTRY_LIBEXEC_DIR "/gantry-init"); /* runs in pods, not for people */

        setenv("GANTRY_EXEC_DIR", "/build", 1);
        path_is("gantry-verify", "/build/gantry-verify");
        path_is("gantry-init", "/build/gantry-init");
        path_is("seal-layer", "/build/seal-layer");
        unsetenv("GANTRY_EXEC_DIR");
}

static void test_capture_in_time(void **state) {
        _cleanup_free_ char *output = NULL;

        assert_int_equal(process_capture(SPAWN(.argv = SH("echo a; sleep 0.1; echo b; exit 3"),
                                               .timeout = 20),
                                         100, &output),
                         3);
        assert_string_equal(output, "a\nb\n");
        no_children_left();
}

/* Whether it says nothing, too much, or ends its output only: it is over after a second. What is left behind does not keep our standard error,
 * whose end meson waits for. */
static void test_capture_too_late(void **state) {
        static const char *const scripts[] = { "exec sleep 60", "while :; do echo x; sleep 0.01; done",
                                               "exec >&-; exec sleep 60",
                                               "trap '' TERM; sleep 60 2>&1 & wait" };

        for (size_t i = 0; i < ELEMENTSOF(scripts); i++) {
                char *output = NULL;

                assert_int_equal(process_capture(SPAWN(.argv = SH(scripts[i]), .timeout = 1), 1 << 20,
                                                 &output),
                                 -ETIMEDOUT);
                assert_null(output);
                no_children_left();
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_exit_status),
                cmocka_unit_test(test_path),
                cmocka_unit_test(test_cannot_execute),
                cmocka_unit_test(test_spawn_and_wait),
                cmocka_unit_test(test_wait_is_not_interrupted),
                cmocka_unit_test(test_capture),
                cmocka_unit_test(test_standard_streams),
                cmocka_unit_test(test_inherited_streams),
                cmocka_unit_test(test_pass),
                cmocka_unit_test(test_pass_shuffled),
                cmocka_unit_test(test_swapped_streams),
                cmocka_unit_test(test_without_streams),
                cmocka_unit_test(test_nothing_else_is_inherited),
                cmocka_unit_test(test_signals),
                cmocka_unit_test(test_user),
                cmocka_unit_test(test_user_find),
                cmocka_unit_test(test_make_files_as),
                cmocka_unit_test(test_privilege_drop),
                cmocka_unit_test(test_privilege_drop_without_root),
                cmocka_unit_test(test_program_path),
                cmocka_unit_test(test_capture_in_time),
                cmocka_unit_test(test_capture_too_late),
        };

        setenv("PATH", "/usr/bin:/bin", 1); /* a directory that may not be searched would be another error */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
