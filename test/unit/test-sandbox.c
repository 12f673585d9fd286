/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/sandbox.
 * Never: enters the sandbox itself; children do.
 * Follows: basic/sandbox.h; seccomp(2). */

#include "capture.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "basic/call-program.h"
#include "basic/sandbox.h"

#define MIB (1024 * 1024ULL)

/* What these children need for themselves; sanitizers want a few more than programs do. */
#define NEEDED                                                                                              \
        SYS_brk, SYS_exit_group, SYS_fstat, SYS_futex, SYS_getpid, SYS_gettid, SYS_lseek, SYS_madvise,      \
                        SYS_mmap, SYS_mprotect, SYS_mremap, SYS_munmap, SYS_newfstatat, SYS_read,           \
                        SYS_rt_sigprocmask, SYS_sched_yield, SYS_sigaltstack, SYS_write
static const int few[] = { NEEDED, -1 };
static const int curious[] = { NEEDED, SYS_prctl, SYS_prlimit64, SYS_getrlimit, -1 };

/* Calls that hostile code would make first. */
static long do_open(void) {
        return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

static long do_socket(void) {
        return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static long do_exec(void) {
        return syscall(SYS_execve, "/bin/true", (char *[]) { (char *) "true", NULL }, NULL);
}

static long do_fork(void) {
        return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static long do_ptrace(void) {
        return syscall(SYS_ptrace, 0, 0, 0, 0);
}

static long do_kill(void) {
        return syscall(SYS_kill, getppid(), 0);
}

static long do_unknown(void) {
        return syscall(100000);
}

static int call_in_sandbox(void *userdata) {
        static const Sandbox cage = { .syscalls = few, .memory = 512 * MIB, .cpu_seconds = 10 };
        long (*call)(void) = userdata;

        if (sandbox_enter(&cage) < 0)
                return 1;
        (void) call();
        return 2;
}

static bool has_landlock;

/* Once allowed by name the same call comes back, so it was the filter that killed. What it would open is out of
 * reach all the same where there is Landlock. */
static int call_outside(void *userdata) {
        static const int with_open[] = { NEEDED, SYS_openat, -1 };
        static const Sandbox cage = { .syscalls = with_open, .memory = 512 * MIB, .cpu_seconds = 10 };

        if (sandbox_enter(&cage) < 0)
                return 1;
        errno = 0;
        if (do_open() >= 0)
                return has_landlock ? 2 : 0;
        return has_landlock && errno == EACCES ? 0 : 3;
}

static void test_forbidden(void **state) {
        has_landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* the version */) > 0;
        static long (*const calls[])(void) = { do_open,   do_socket, do_exec,   do_fork,
                                               do_ptrace, do_kill,   do_unknown };

        for (size_t i = 0; i < ELEMENTSOF(calls); i++) {
                _cleanup_captured_ Captured c = capture(call_in_sandbox, calls[i]);
                assert_killed(&c, SIGSYS);
        }

        _cleanup_captured_ Captured allowed = capture(call_outside, NULL);
        assert_exited(&allowed, 0);
}

/* A second architecture's numbers are no way round. */
static long do_x32(void) {
        return syscall(0x40000000 | SYS_getpid);
}

static void test_other_architecture(void **state) {
        _cleanup_captured_ Captured c = capture(call_in_sandbox, do_x32);
        assert_killed(&c, SIGSYS);
}

static int compute(void *userdata) {
        static const Sandbox cage = { .syscalls = few, .memory = 512 * MIB, .cpu_seconds = 10 };

        if (sandbox_enter(&cage) < 0)
                return 1;

        char *p = malloc(16 * MIB);
        if (!p)
                return 2;
        memset(p, 'x', 16 * MIB);
        int sum = p[0] + p[16 * MIB - 1];
        free(p);
        return sum == 2 * 'x' && printf("computed\n") > 0 ? 0 : 3;
}

static void test_allowed(void **state) {
        _cleanup_captured_ Captured c = capture(compute, NULL);
        assert_exited(&c, 0);
        assert_string_equal(c.out, "computed\n");
}

static int is_limit(int resource, rlim_t value) {
        struct rlimit l;
        return getrlimit(resource, &l) == 0 && l.rlim_cur == value && l.rlim_max == value;
}

static int look_around(void *userdata) {
        const Sandbox cage = { .syscalls = curious, .memory = 300 * MIB, .cpu_seconds = 7 };

        if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1)
                return 77;
        if (sandbox_enter(&cage) < 0)
                return 1;
        if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
                return 2;
        if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
                return 3;
        if (!is_limit(RLIMIT_CORE, 0) || !is_limit(RLIMIT_CPU, 7))
                return 4;
#ifndef __SANITIZE_ADDRESS__
        if (!is_limit(RLIMIT_AS, 300 * MIB))
                return 5;
#endif
        return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2 /* a filter */ ? 0 : 6;
}

static void test_bars(void **state) {
        _cleanup_captured_ Captured c = capture(look_around, NULL);
        assert_exited(&c, 0);
}

static int hog_memory(void *userdata) {
        static const Sandbox cage = { .syscalls = few, .memory = 64 * MIB, .cpu_seconds = 10 };

        if (sandbox_enter(&cage) < 0)
                return 1;
        for (size_t total = 0; total < 256 * MIB; total += MIB) {
                char *volatile p = malloc(MIB); /* which no compiler may think away */
                if (!p)
                        return total > 16 * MIB ? 0 : 2;
        }
        return 3;
}

static void test_memory(void **state) {
#ifdef __SANITIZE_ADDRESS__
        print_message("# skipped: AddressSanitizer needs terabytes of address space\n");
        skip();
#endif
        _cleanup_captured_ Captured c = capture(hog_memory, NULL);
        assert_exited(&c, 0);
}

static int hog_processor(void *userdata) {
        static const Sandbox cage = { .syscalls = few, .memory = 512 * MIB, .cpu_seconds = 1 };

        if (sandbox_enter(&cage) < 0)
                return 1;
        for (volatile unsigned i = 0;; i++)
                ;
}

static void test_endless_loop(void **state) {
        _cleanup_captured_ Captured c = capture(hog_processor, NULL);
        assert_killed(&c, SIGKILL);
}

static int endless(void *userdata) {
        int calls[CALL_PROGRAM_MAX / 2 + 1];
        Sandbox cage = { .syscalls = calls, .memory = 512 * MIB, .cpu_seconds = 10 };

        for (size_t i = 0; i < ELEMENTSOF(calls) - 1; i++)
                calls[i] = SYS_read;
        calls[ELEMENTSOF(calls) - 1] = -1;

        return sandbox_enter(&cage) == -E2BIG ? 0 : 1;
}

/* What does not fit into the filter is not left out. */
static void test_endless_list(void **state) {
        _cleanup_captured_ Captured c = capture(endless, NULL);
        assert_exited(&c, 0);
}

static int with_lower_limit(void *userdata) {
        static const Sandbox cage = { .syscalls = few, .memory = 512 * MIB, .cpu_seconds = 10 };
        struct rlimit lower = { .rlim_cur = 5, .rlim_max = 5 };

        if (setrlimit(RLIMIT_CPU, &lower) < 0 || (geteuid() == 0 && setresuid(1, 1, 1) < 0))
                return 77;
        return sandbox_enter(&cage) == -EPERM ? 0 : 1;
}

/* If a bar cannot be put in, nobody goes on. */
static void test_missing_bar(void **state) {
        _cleanup_captured_ Captured c = capture(with_lower_limit, NULL);
        assert_exited(&c, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_forbidden),    cmocka_unit_test(test_other_architecture),
                cmocka_unit_test(test_allowed),      cmocka_unit_test(test_bars),
                cmocka_unit_test(test_memory),       cmocka_unit_test(test_endless_loop),
                cmocka_unit_test(test_endless_list), cmocka_unit_test(test_missing_bar),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
