/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/worker.
 * Never: believes a worker that said something else than a whole answer.
 * Follows: basic/worker.h. */

#include "capture.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/worker.h"

typedef struct Answer {
        uint64_t number;
        char text[100];
        uint8_t bulk[200000]; /* more than a pipe holds */
} Answer;

static int run_with_fds(void (*work)(void *userdata, void *answer), void *userdata, const int *fds,
                        size_t n_fds, Answer *ret) {
        return worker_run(
                        &(Worker) {
                                        .work = work,
                                        .userdata = userdata,
                                        .user = "nobody",
                                        .read = fds,
                                        .n_read = n_fds,
                        },
                        ret, sizeof(*ret));
}

static int run(void (*work)(void *userdata, void *answer), void *userdata, Answer *ret) {
        return run_with_fds(work, userdata, NULL, 0, ret);
}

static void fill(void *userdata, void *answer) {
        Answer *a = answer;

        a->number = *(uint64_t *) userdata + 1;
        strcpy(a->text, "done");
        for (size_t i = 0; i < sizeof(a->bulk); i++)
                a->bulk[i] = i * 7 >> 2;
}

static void test_answer(void **state) {
        uint64_t number = 41;
        Answer a;

        memset(&a, 0xff, sizeof(a));
        assert_int_equal(run(fill, &number, &a), 0);
        assert_int_equal(a.number, 42);
        assert_string_equal(a.text, "done");
        for (size_t i = 0; i < sizeof(a.bulk); i++)
                assert_int_equal(a.bulk[i], (uint8_t) (i * 7 >> 2));
        assert_int_equal(number, 41);
}

static void do_nothing(void *userdata, void *answer) {
}

static void test_answer_starts_as_zero(void **state) {
        static const Answer zero;
        Answer a;

        memset(&a, 0xff, sizeof(a));
        assert_int_equal(run(do_nothing, NULL, &a), 0);
        assert_memory_equal(&a, &zero, sizeof(a));
}

/* Whatever else happens: -EPROTO, and the answer of the caller is as it was. */
static void dies(void (*work)(void *userdata, void *answer), void *userdata) {
        static Answer a, before;

        memset(&a, 0x5a, sizeof(a));
        before = a;
        int r = run(work, userdata, &a);
        if (r != -EPROTO)
                fail_msg("%d instead of -EPROTO", r);
        assert_memory_equal(&a, &before, sizeof(a));
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
}

_noreturn_ static void crash(void *userdata, void *answer) {
        __builtin_trap();
}

static void kill_itself(void *userdata, void *answer) {
        syscall(SYS_kill, getpid(), SIGTERM);
}

_noreturn_ static void exit_early(void *userdata, void *answer) {
        _exit(0);
}

_noreturn_ static void exit_with_error(void *userdata, void *answer) {
        _exit(3);
}

static void test_deaths(void **state) {
        dies(crash, NULL);
        dies(kill_itself, NULL);
        dies(exit_early, NULL);
        dies(exit_with_error, NULL);
}

static void open_file(void *userdata, void *answer) {
        (void) open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static void open_socket(void *userdata, void *answer) {
        syscall(SYS_socket, 1, 1, 0);
}

static void execute(void *userdata, void *answer) {
        syscall(SYS_execve, "/bin/true", (char *[]) { (char *) "true", NULL }, NULL);
}

static void fork_off(void *userdata, void *answer) {
        syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static void test_forbidden_calls(void **state) {
        dies(open_file, NULL);
        dies(open_socket, NULL);
        dies(execute, NULL);
        dies(fork_off, NULL);
}

/* The fd of the answer is no secret: the lowest one that can be written and is not a standard stream. */
static int find_answer_fd(void) {
        for (int fd = 3; fd < 1024; fd++)
                if (write(fd, "", 0) == 0)
                        return fd;

        return -1;
}

_noreturn_ static void write_whole_answer(size_t size, int status) {
        _cleanup_free_ char *answer = malloc(size);
        if (answer) {
                memset(answer, 'x', size);
                (void) fd_write_full(find_answer_fd(), answer, size);
        }
        _exit(status);
}

_noreturn_ static void answer_short(void *userdata, void *answer) {
        write_whole_answer(sizeof(Answer) - 1, 0);
}

_noreturn_ static void answer_long(void *userdata, void *answer) {
        write_whole_answer(sizeof(Answer) + 1, 0);
}

static void answer_twice(void *userdata, void *answer) {
        (void) fd_write_full(find_answer_fd(), answer, sizeof(Answer)); /* and once more when it returns */
}

_noreturn_ static void answer_and_fail(void *userdata, void *answer) {
        write_whole_answer(sizeof(Answer), 1);
}

_noreturn_ static void answer_and_crash(void *userdata, void *answer) {
        (void) fd_write_full(find_answer_fd(), answer, sizeof(Answer));
        __builtin_trap();
}

_noreturn_ static void answer_exactly(void *userdata, void *answer) {
        write_whole_answer(sizeof(Answer), 0);
}

static void test_answers_that_are_none(void **state) {
        Answer a;

        dies(answer_short, NULL);
        dies(answer_long, NULL);
        dies(answer_twice, NULL);
        dies(answer_and_fail, NULL);
        dies(answer_and_crash, NULL);

        assert_int_equal(run(answer_exactly, NULL, &a), 0); /* so the others found the right fd */
        assert_int_equal(a.text[0], 'x');
}

static void read_file(void *userdata, void *answer) {
        Answer *a = answer;
        a->number = fd_read_full(*(int *) userdata, a->text, sizeof(a->text) - 1);
}

static int new_file(const char *text) {
        int fd = memfd_create("document", MFD_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        return fd;
}

static void test_reads_what_it_is_given(void **state) {
        int a = new_file("first"), between = new_file("secret"), b = new_file("second");
        int high = fcntl(b, F_DUPFD_CLOEXEC, 500);
        Answer answer;

        assert_int_equal(run_with_fds(read_file, &a, (int[]) { high, a }, 2, &answer), 0);
        assert_int_equal(answer.number, 5);
        assert_string_equal(answer.text, "first");
        assert_int_equal(run_with_fds(read_file, &high, (int[]) { high, a }, 2, &answer), 0);
        assert_string_equal(answer.text, "second");

        /* And nothing else, on either side of what it was given. */
        assert_int_equal(run_with_fds(read_file, &between, (int[]) { high, a }, 2, &answer), 0);
        assert_int_equal((int64_t) answer.number, -EBADF);
        assert_int_equal(run(read_file, &high, &answer), 0);
        assert_int_equal((int64_t) answer.number, -EBADF);

        assert_int_equal(fcntl(between, F_GETFD), FD_CLOEXEC); /* ours are open still */
        close(a);
        close(b);
        close(between);
        close(high);
}

static void count_fds(void *userdata, void *answer) {
        Answer *a = answer;

        for (int fd = 3; fd < 2000; fd++)
                a->number += lseek(fd, 0, SEEK_CUR) >= 0 || errno != EBADF;
}

static void test_inherits_nothing(void **state) {
        int low = open("/dev/null", O_RDONLY | O_CLOEXEC), high = fcntl(low, F_DUPFD, 900);
        Answer a;

        assert_int_equal(run(count_fds, NULL, &a), 0);
        assert_int_equal(a.number, 1); /* the pipe for the answer */
        close(low);
        close(high);
}

/* It can do nothing but compute, read its fds and answer: a forged line on our standard output would be taken for ours. */
static void speak(void *userdata, void *answer) {
        Answer *a = answer;

        a->number = write(STDOUT_FILENO, "sha256-forged\n", 14) > 0;
        a->text[0] = read(STDIN_FILENO, a->text, 1) > 0 ? 'r' : '-';
}

static int run_speaker(void *userdata) {
        static Answer a;

        if (dup2(*(int *) userdata, STDIN_FILENO) < 0 || run(speak, NULL, &a) < 0)
                return 1;
        return a.text[0] == '-' ? 0 : 2;
}

static void test_standard_streams(void **state) {
        int input = new_file("for the caller");
        _cleanup_captured_ Captured c = capture(run_speaker, &input);

        close(input);
        assert_exited(&c, 0);
        assert_string_equal(c.out, "");
}

/* Reads its "Uid:" line, or another, from outside: a worker cannot ask who it is. */
static void read_status(pid_t pid, const char *key, char *ret, size_t size) {
        char path[64], line[256];

        (void) snprintf(path, sizeof(path), "/proc/%d/status", pid);
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        assert_non_null(f);
        while (fgets(line, sizeof(line), f))
                if (startswith(line, key)) {
                        (void) snprintf(ret, size, "%s", startswith(line, key));
                        return;
                }
        fail_msg("'%s' is not in '%s'", key, path);
}

static pid_t only_child_of(pid_t pid) {
        char path[64];
        int child = 0;

        (void) snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
        for (unsigned i = 0; i < 500 && child == 0; i++) {
                _cleanup_fclose_ FILE *f = fopen(path, "re");
                if (!f || fscanf(f, "%d", &child) != 1)
                        usleep(10000);
        }
        return child;
}

static void test_identity(void **state) {
        int pipe_fds[2], status;
        char uid[64] = "", seccomp[64] = "", groups[64] = "";
        static Answer a;

        if (geteuid() != 0) {
                print_message("# skipped: becoming another user takes root\n");
                skip();
        }

        /* It waits for what comes through the pipe and can be looked at meanwhile. */
        assert_return_code(pipe2(pipe_fds, O_CLOEXEC), errno);
        pid_t parent = fork();
        if (parent == 0) {
                if (setgroups(1, (gid_t[]) { 12345 }) < 0)
                        _exit(2);
                close(pipe_fds[1]);
                _exit(run_with_fds(read_file, &pipe_fds[0], pipe_fds, 1, &a) == 0 ? 0 : 1);
        }
        close(pipe_fds[0]);
        pid_t worker = only_child_of(parent);
        for (unsigned i = 0; i < 500 && seccomp[1] != '2'; i++) {
                usleep(10000);
                read_status(worker, "Seccomp:", seccomp, sizeof(seccomp));
        }
        read_status(worker, "Uid:", uid, sizeof(uid));
        read_status(worker, "Groups:", groups, sizeof(groups));
        assert_int_equal(write(pipe_fds[1], "x", 1), 1);
        close(pipe_fds[1]);
        assert_int_equal(waitpid(parent, &status, 0), parent);
        assert_int_equal(status, 0);

        char expected[64];
        uid_t nobody;
        gid_t nogroup;
        assert_int_equal(user_find("nobody", &nobody, &nogroup), 0);
        (void) snprintf(expected, sizeof(expected), "\t%u\t%u\t%u\t%u\n", nobody, nobody, nobody, nobody);
        assert_string_equal(uid, expected);
        assert_string_equal(groups, "\t \n");
}

static void hog(void *userdata, void *answer) {
        Answer *a = answer;

        for (a->number = 0; a->number < 4096; a->number++) {
                char *volatile p = malloc(1024 * 1024); /* which no compiler may think away */
                if (!p)
                        break;
        }
}

static void test_memory(void **state) {
#ifdef __SANITIZE_ADDRESS__
        print_message("# skipped: AddressSanitizer needs terabytes of address space\n");
        skip();
#endif
        Answer a;

        assert_int_equal(run(hog, NULL, &a), 0);
        assert_true(a.number > 16 && a.number < 512);
}

static void test_unknown_user(void **state) {
        Answer a;

        int r = worker_run(&(Worker) { .work = do_nothing, .user = "no-such-user" }, &a, sizeof(a));
        assert_int_equal(r, geteuid() == 0 ? -ESRCH : 0); /* only root has something to give up */
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_answer),
                cmocka_unit_test(test_answer_starts_as_zero),
                cmocka_unit_test(test_deaths),
                cmocka_unit_test(test_forbidden_calls),
                cmocka_unit_test(test_answers_that_are_none),
                cmocka_unit_test(test_reads_what_it_is_given),
                cmocka_unit_test(test_inherits_nothing),
                cmocka_unit_test(test_standard_streams),
                cmocka_unit_test(test_identity),
                cmocka_unit_test(test_memory),
                cmocka_unit_test(test_unknown_user),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
