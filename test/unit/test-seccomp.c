/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of seccomp/seccomp: what an app may call, by default, by a profile and by appc's sets.
 * Never: restricts this process, but children of it.
 * Follows: seccomp/seccomp.h, seccomp/set.h. */

#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/str.h"
#include "filter.h"
#include "pod/capability-names.h"
#include "seccomp/compile.h"
#include "seccomp/groups.h"
#include "seccomp/seccomp.h"

static Blob filter;

static int teardown(void **state) {
        blob_done(&filter);
        return 0;
}

static void compile(const SeccompSpec *spec) {
        _cleanup_free_ char *why = NULL;

        blob_done(&filter);
        int r = seccomp_filter_get(spec, -EBADF, &filter, &why);
        if (r < 0)
                fail_msg("%d: %s", r, why);
        assert_null(why);
        assert_true(filter.size > 0 && filter.size % sizeof(struct sock_filter) == 0);
}

static void compile_default(uint64_t capabilities) {
        compile(&(SeccompSpec) { .capabilities = capabilities });
}

static uint32_t answer(const char *call, uint64_t first, uint64_t second) {
        int number = seccomp_syscall_resolve_name(call);
        assert_int_not_equal(number, __NR_SCMP_ERROR);

        return filter_run(&filter, &(struct seccomp_data) {
                                                   .nr = number,
                                                   .arch = seccomp_arch_native(),
                                                   .args = { first, second },
                                   });
}

static void answers(const char *call, uint64_t argument, uint32_t expected) {
        uint32_t is = answer(call, argument, 0);
        if (is != expected)
                fail_msg("%s(0x%llx): %x instead of %x", call, (unsigned long long) argument, is, expected);
}

/* The default */

static void test_default(void **state) {
        static const char *const allowed[] = { "read",     "write",        "openat",
                                               "execve",   "mmap",         "futex",
                                               "kill",     "setresuid",    "capset",
                                               "seccomp",  "prctl",        "chown",
                                               "fork",     "sendto",       "connect",
                                               "io_setup", "ptrace",       "chroot",
                                               "wait4",    "memfd_create", "landlock_create_ruleset" };
        static const char *const forbidden[] = { "keyctl",
                                                 "add_key",
                                                 "request_key",
                                                 "bpf",
                                                 "mount",
                                                 "umount2",
                                                 "pivot_root",
                                                 "setns",
                                                 "open_tree",
                                                 "move_mount",
                                                 "fsopen",
                                                 "mount_setattr",
                                                 "perf_event_open",
                                                 "init_module",
                                                 "kexec_load",
                                                 "reboot",
                                                 "swapon",
                                                 "userfaultfd",
                                                 "syslog",
                                                 "io_uring_setup",
                                                 "iopl",
                                                 "acct",
                                                 "settimeofday",
                                                 "quotactl",
                                                 "sethostname",
                                                 "open_by_handle_at",
                                                 "kcmp",
                                                 "mbind",
                                                 "vhangup",
                                                 "nfsservctl",
                                                 "uselib",
                                                 "pidfd_getfd" };

        compile_default(CAPABILITIES_DEFAULT);
        for (size_t i = 0; i < ELEMENTSOF(allowed); i++)
                answers(allowed[i], 0, FILTER_ALLOW);
        for (size_t i = 0; i < ELEMENTSOF(forbidden); i++)
                answers(forbidden[i], 0, FILTER_ERRNO(EPERM));
}

/* Every call that libseccomp knows is allowed or refused, and none is said not to exist but clone3. */
static void test_every_call(void **state) {
        size_t n_allowed = 0, n_refused = 0;

        compile_default(CAPABILITIES_DEFAULT);
        for (int n = 0; n < 1024; n++) {
                _cleanup_free_ char *name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), n);
                if (!name || streq(name, "clone3"))
                        continue;

                uint32_t is = answer(name, 0, 0);
                if (is != FILTER_ALLOW && is != FILTER_ERRNO(EPERM))
                        fail_msg("%s: %x", name, is);
                n_allowed += is == FILTER_ALLOW;
                n_refused += is != FILTER_ALLOW;
        }
        assert_true(n_allowed > 250);
        assert_true(n_refused > 50);
}

static void test_capabilities(void **state) {
        static const struct {
                int capability;
                const char *call;
        } table[] = {
                { CAP_SYS_ADMIN, "mount" },
                { CAP_SYS_ADMIN, "setns" },
                { CAP_SYS_ADMIN, "bpf" },
                { CAP_SYS_ADMIN, "clone3" },
                { CAP_BPF, "bpf" },
                { CAP_PERFMON, "perf_event_open" },
                { CAP_SYSLOG, "syslog" },
                { CAP_SYS_BOOT, "reboot" },
                { CAP_SYS_CHROOT, "chroot" },
                { CAP_SYS_MODULE, "finit_module" },
                { CAP_SYS_NICE, "mbind" },
                { CAP_SYS_PACCT, "acct" },
                { CAP_SYS_PTRACE, "kcmp" },
                { CAP_SYS_RAWIO, "iopl" },
                { CAP_SYS_TIME, "clock_settime" },
                { CAP_SYS_TTY_CONFIG, "vhangup" },
                { CAP_DAC_READ_SEARCH, "open_by_handle_at" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                compile_default(CAPABILITY_BIT(table[i].capability));
                answers(table[i].call, 0, FILTER_ALLOW);
                compile_default(CAPABILITIES_DEFAULT & ~CAPABILITY_BIT(table[i].capability));
                assert_int_not_equal(answer(table[i].call, 0, 0), FILTER_ALLOW);
        }

        /* Even all of them do not open what leads out of every namespace. */
        compile_default(CAPABILITIES_ALL);
        answers("keyctl", 0, FILTER_ERRNO(EPERM));
        answers("io_uring_setup", 0, FILTER_ERRNO(EPERM));
        answers("kexec_load", 0, FILTER_ERRNO(EPERM));
}

#define HIGH (UINT64_C(1) << 32)

static void test_namespaces(void **state) {
        static const uint64_t flags[] = { CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                          CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET };

        compile_default(CAPABILITIES_DEFAULT);
        for (size_t i = 0; i < ELEMENTSOF(flags); i++) {
                answers("clone", flags[i], FILTER_ERRNO(EPERM));
                answers("clone", flags[i] | CLONE_VM | CLONE_FS, FILTER_ERRNO(EPERM));
                answers("unshare", flags[i], FILTER_ERRNO(EPERM));
        }
        answers("unshare", CLONE_NEWTIME, FILTER_ERRNO(EPERM));
        answers("clone", 17 /* SIGCHLD */, FILTER_ALLOW);
        answers("clone", CLONE_VM | CLONE_VFORK | 17, FILTER_ALLOW);
        answers("clone", HIGH | CLONE_NEWUSER, FILTER_ERRNO(EPERM));
        answers("unshare", CLONE_FS | CLONE_FILES, FILTER_ALLOW);
        answers("clone3", 0, FILTER_ERRNO(ENOSYS));

        compile_default(CAPABILITY_BIT(CAP_SYS_ADMIN));
        answers("clone", CLONE_NEWUSER, FILTER_ALLOW);
        answers("unshare", CLONE_NEWNS, FILTER_ALLOW);
}

static void test_sockets(void **state) {
        compile_default(CAPABILITIES_DEFAULT);
        for (uint64_t family = 0; family < AF_MAX; family++) {
                uint32_t expected = family == AF_ALG || family == AF_VSOCK ? FILTER_ERRNO(EAFNOSUPPORT)
                                                                           : FILTER_ALLOW;
                answers("socket", family, expected);
                answers("socket", HIGH | family, expected); /* the kernel does not look up there */
        }
        answers("socket", 48, FILTER_ERRNO(EPERM));
        answers("socket", UINT64_MAX, FILTER_ERRNO(EPERM));
}

static void test_personality(void **state) {
        compile_default(CAPABILITIES_DEFAULT);
        answers("personality", PER_LINUX, FILTER_ALLOW);
        answers("personality", PER_LINUX32, FILTER_ALLOW);
        answers("personality", UINT32_MAX, FILTER_ALLOW);
        answers("personality", UINT64_MAX, FILTER_ALLOW);
        answers("personality", UNAME26 | PER_LINUX32, FILTER_ALLOW);
        answers("personality", ADDR_NO_RANDOMIZE, FILTER_ERRNO(EPERM));
        answers("personality", READ_IMPLIES_EXEC, FILTER_ERRNO(EPERM));
}

static uint32_t run(uint32_t architecture, uint32_t number) {
        return filter_run(&filter, &(struct seccomp_data) { .nr = number, .arch = architecture });
}

static void test_new_calls(void **state) {
        compile_default(CAPABILITIES_DEFAULT);
        assert_int_equal(run(seccomp_arch_native(), 1000), FILTER_ERRNO(ENOSYS));
        assert_int_equal(run(seccomp_arch_native(), UINT32_MAX), FILTER_ERRNO(ENOSYS));
}

#ifdef __x86_64__
static void test_x86(void **state) {
        compile_default(CAPABILITIES_DEFAULT);
        assert_int_equal(run(AUDIT_ARCH_I386, 3 /* read */), FILTER_ALLOW);
        assert_int_equal(run(AUDIT_ARCH_I386, 288 /* keyctl */), FILTER_ERRNO(EPERM));
        assert_int_equal(run(AUDIT_ARCH_I386, 1000), FILTER_ERRNO(ENOSYS));
        assert_int_equal(run(AUDIT_ARCH_I386, 359 /* socket */), FILTER_ERRNO(EPERM));
        for (uint64_t operation = 1; operation < 21; operation++) {
                bool opens = operation == 1;                                             /* SYS_SOCKET */
                assert_int_equal(filter_run(&filter, &(struct seccomp_data) { .nr = 102, /* socketcall */
                                                                              .arch = AUDIT_ARCH_I386,
                                                                              .args = { operation } }),
                                 opens ? FILTER_ERRNO(EPERM) : FILTER_ALLOW);
        }

        assert_int_equal(run(AUDIT_ARCH_X86_64, 0x40000000), FILTER_ERRNO(ENOSYS)); /* x32's read */
        assert_int_equal(run(AUDIT_ARCH_AARCH64, 63), FILTER_ERRNO(ENOSYS));
}
#endif

/* The kernel takes it, and answers as the simulation does. */
static void test_applied(void **state) {
        compile_default(CAPABILITIES_DEFAULT);
        struct sock_fprog program = { filter.size / sizeof(struct sock_filter), filter.data };

        pid_t pid = fork();
        if (pid == 0) {
                if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
                    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
                        _exit(1);
                if (syscall(SYS_keyctl, 0, -3, 0) >= 0 || errno != EPERM)
                        _exit(2);
                if (unshare(CLONE_NEWUSER) >= 0 || errno != EPERM)
                        _exit(3);
                if (socket(AF_ALG, SOCK_SEQPACKET, 0) >= 0 || errno != EAFNOSUPPORT)
                        _exit(4);
                if (syscall(SYS_clone3, NULL, 0) >= 0 || errno != ENOSYS)
                        _exit(5);
                _exit(socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? 6 : 0);
        }

        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
}

/* Groups */

typedef struct Search {
        const char *call;
        bool found;
} Search;

static int search(const char *call, void *userdata) {
        Search *s = userdata;
        s->found |= streq(s->call, call);
        return 0;
}

/* Each is what systemd says that it is, and perhaps a newer call more. */
static void test_groups(void **state) {
        char line[256], group[64] = "", word[64];
        size_t n = 0;

        FILE *f = popen("systemd-analyze syscall-filter 2>/dev/null", "re");
        assert_non_null(f);
        while (fgets(line, sizeof(line), f)) {
                if (line[0] == '@')
                        (void) sscanf(line, "%63s", group);
                else if (sscanf(line, " %63s", word) == 1 && word[0] != '#' && group[0] &&
                         !streq(group, "@known")) {
                        Search s = { .call = word, .found = word[0] == '@' };

                        if (seccomp_calls_visit(group, search, &s) != 0 || !s.found)
                                fail_msg("%s: %s", group, word);
                        n++;
                }
        }
        if (pclose(f) != 0 || n == 0)
                skip();
}

/* appc's sets */

static Json *parse(const char *text) {
        _cleanup_free_ char *why = NULL;
        Json *value = NULL;

        if (json_parse(text, strlen(text), &value, &why) != 0)
                fail_msg("%s", why);
        return value;
}

static void compile_set(const char *text, bool retain) {
        _cleanup_json_ Json *value = parse(text);

        compile(&(SeccompSpec) { .capabilities = CAPABILITIES_DEFAULT,
                                 .retain = retain ? value : NULL,
                                 .remove = retain ? NULL : value });
}

static void test_retain(void **state) {
        compile_set("{\"set\": [\"read\", \"@signal\", \"@systemd/sync\"], \"errno\": \"ENOTSUP\"}", true);
        answers("read", 0, FILTER_ALLOW);
        answers("rt_sigaction", 0, FILTER_ALLOW);
        answers("fsync", 0, FILTER_ALLOW);
        answers("execve", 0, FILTER_ALLOW); /* or it could not begin */
        answers("exit_group", 0, FILTER_ALLOW);
        answers("openat", 0, FILTER_ERRNO(ENOTSUP));
        answers("keyctl", 0, FILTER_ERRNO(ENOTSUP));

        compile_set("{\"set\": [\"read\"]}", true);
        answers("openat", 0, SECCOMP_RET_KILL_PROCESS);
        compile_set("{\"set\": [\"read\"], \"errno\": \"\"}", true);
        answers("openat", 0, SECCOMP_RET_KILL_PROCESS);

        compile_set("{\"set\": [\"keyctl\", \"socket\", \"@docker/default-whitelist\"], \"errno\": \"EACCES\"}",
                    true);
        answers("keyctl", 0, FILTER_ALLOW);
        answers("socket", AF_ALG, FILTER_ALLOW); /* it was asked for by name */
        answers("openat", 0, FILTER_ALLOW);
        answers("clone", CLONE_NEWUSER, FILTER_ERRNO(EACCES));
        answers("mount", 0, FILTER_ERRNO(EACCES));
}

static void test_remove(void **state) {
        compile_set("{\"set\": [\"ptrace\", \"@chown\", \"socket\"], \"errno\": \"EACCES\"}", false);
        answers("ptrace", 0, FILTER_ERRNO(EACCES));
        answers("fchownat", 0, FILTER_ERRNO(EACCES));
        answers("socket", AF_INET, FILTER_ERRNO(EACCES));
        answers("openat", 0, FILTER_ALLOW);
        answers("keyctl", 0, FILTER_ERRNO(EPERM)); /* the default is still there */

        compile_set("{\"set\": [\"ptrace\"]}", false);
        answers("ptrace", 0, SECCOMP_RET_KILL_PROCESS);
        compile_set("{\"set\": [\"ptrace\"], \"errno\": \"EPERM\"}", false);
        answers("ptrace", 0, FILTER_ERRNO(EPERM));
        compile_set("{\"set\": [\"@rkt/default-blacklist\"]}", false);
        answers("read", 0, FILTER_ALLOW);
}

/* Nothing that is not understood becomes less of a filter. */
static void test_refused_sets(void **state) {
        static const struct {
                const char *text, *why;
        } table[] = {
                { "{\"set\": []}", "set: it is empty" },
                { "{}", "set: missing" },
                { "[]", "not an object" },
                { "{\"set\": [\"\"]}", "set: no such system call: ''" },
                { "{\"set\": [\"nosuchcall\"]}", "set: no such system call: 'nosuchcall'" },
                { "{\"set\": [\"read\", \"@nosuch\"]}", "set: no such group of system calls: '@nosuch'" },
                { "{\"set\": [\"@\"]}", "set: no such group of system calls: '@'" },
                { "{\"set\": [\"@signal @sync\"]}", "set: no such group of system calls: '@signal @sync'" },
                { "{\"set\": [\"read write\"]}", "set: no such system call: 'read write'" },
                { "{\"set\": [\"@appc.io/all\"]}", "set: it is no filter: '@appc.io/all'" },
                { "{\"set\": [\"read\", \"@appc.io/empty\"]}", "set: it is no filter: '@appc.io/empty'" },
                { "{\"set\": [\"read\"], \"errno\": \"EFOO\"}", "errno: no such error: 'EFOO'" },
        };

        for (size_t i = 0; i < 2 * ELEMENTSOF(table); i++) {
                _cleanup_json_ Json *value = parse(table[i / 2].text);
                SeccompSpec spec = { .retain = i % 2 ? value : NULL, .remove = i % 2 ? NULL : value };
                _cleanup_free_ char *why = NULL;

                assert_int_equal(seccomp_filter_get(&spec, -EBADF, &filter, &why), -EBADMSG);
                assert_non_null(why);
                if (!startswith(why, table[i / 2].why))
                        fail_msg("%s: %s", table[i / 2].text, why);
                assert_null(filter.data);
        }
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_default),    TEST(test_every_call),   TEST(test_capabilities),
                TEST(test_namespaces), TEST(test_sockets),      TEST(test_personality),
                TEST(test_new_calls),
#ifdef __x86_64__
                TEST(test_x86),
#endif
                TEST(test_applied),    TEST(test_groups),       TEST(test_retain),
                TEST(test_remove),     TEST(test_refused_sets),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
