/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of seccomp/profile: which profiles are understood, and what becomes of them.
 * Never: applies one.
 * Follows: seccomp/profile.h. */

#include <seccomp.h>

#include "corpus.h"
#include "filter.h"
#include "pod/capability-names.h"
#include "seccomp/profile.h"
#include "seccomp/seccomp.h"

static int parse(const void *data, size_t size, char **reterr_why) {
        _cleanup_rules_ SeccompRules rules = {};
        return seccomp_profile_parse(data, size, CAPABILITIES_DEFAULT, &rules, reterr_why);
}

static void test_must_pass(void **state) {
        corpus_must_pass("seccomp-profile", parse);
}

static void test_must_fail(void **state) {
        corpus_must_fail("seccomp-profile", parse);
}

static void test_damage(void **state) {
        corpus_survives_damage("seccomp-profile", parse);
}

/* What is compiled of it */

static Blob filter;

static int teardown(void **state) {
        blob_done(&filter);
        return 0;
}

static int compile_text(const Blob *text, uint64_t capabilities, char **reterr_why) {
        SeccompSpec spec = { .capabilities = capabilities, .profile = *text };

        blob_done(&filter);
        return seccomp_filter_get(&spec, -EBADF, &filter, reterr_why);
}

static void compile(const char *name, uint64_t capabilities) {
        _cleanup_close_ int fd = corpus_open("seccomp-profile", "must-pass");
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob text = {};

        assert_int_equal(file_read_at(fd, name, SECCOMP_PROFILE_MAX, &text), 0);
        if (compile_text(&text, capabilities, &why) != 0)
                fail_msg("%s", why);
}

static void answers(const char *call, uint64_t first, uint64_t second, uint32_t expected) {
        uint32_t is = filter_run(&filter, &(struct seccomp_data) {
                                                          .nr = seccomp_syscall_resolve_name(call),
                                                          .arch = seccomp_arch_native(),
                                                          .args = { first, second },
                                          });
        if (is != expected)
                fail_msg("%s(%llx, %llx): %x instead of %x", call, (unsigned long long) first,
                         (unsigned long long) second, is, expected);
}

static void test_oci(void **state) {
        compile("oci.json", CAPABILITIES_DEFAULT);
        answers("read", 0, 0, FILTER_ALLOW);
        answers("openat", 0, 0, FILTER_ERRNO(EPERM));
        answers("getppid", 0, 0, FILTER_ERRNO(EACCES));
        answers("clone", 17, 0, FILTER_ALLOW);
        answers("clone", 0x10000000, 0, FILTER_ERRNO(EPERM));
        answers("ioctl", 3, 21523, SECCOMP_RET_TRAP); /* all conditions must hold */
        answers("ioctl", 2, 21523, FILTER_ERRNO(EPERM));
        answers("ioctl", 3, 21524, FILTER_ERRNO(EPERM));
}

static void test_docker(void **state) {
        compile("docker.json", CAPABILITIES_DEFAULT);
        answers("ptrace", 0, 0, FILTER_ALLOW);
        answers("getpid", 0, 0, FILTER_ERRNO(EPERM)); /* no such kernel */
        answers("mount", 0, 0, FILTER_ERRNO(EPERM));
        answers("chroot", 0, 0, FILTER_ALLOW);
        answers("getuid", 0, 0, FILTER_ERRNO(EPERM)); /* nobody has that capability */
        answers("unshare", 0, 0, FILTER_ERRNO(EPERM));
        answers("setns", 0, 0, FILTER_ALLOW);
        answers("getgid", 0, 0, FILTER_ERRNO(EPERM));
        answers("clone3", 0, 0, FILTER_ERRNO(ENOSYS));
        answers("personality", 0, 0, FILTER_ALLOW); /* either condition will do */
        answers("personality", 8, 0, FILTER_ALLOW);
        answers("personality", 9, 0, FILTER_ERRNO(EPERM));

        compile("docker.json", CAPABILITY_BIT(CAP_SYS_ADMIN));
        answers("mount", 0, 0, FILTER_ALLOW);
        answers("chroot", 0, 0, FILTER_ERRNO(EPERM));
        answers("unshare", 0, 0, FILTER_ALLOW);
        answers("setns", 0, 0, FILTER_ERRNO(EPERM));
        answers("clone3", 0, 0, FILTER_ERRNO(EPERM));
}

static void test_others(void **state) {
        compile("old-docker.json", 0);
        answers("read", 0, 0, FILTER_ALLOW);
        answers("openat", 0, 0, SECCOMP_RET_KILL_THREAD);
        answers("getpid", 0, 0, SECCOMP_RET_TRACE | 7);

        compile("podman.json", 0);
        answers("read", 0, 0, FILTER_ALLOW);
        answers("bpf", 0, 0, FILTER_ERRNO(EPERM));
        answers("openat", 0, 0, FILTER_ERRNO(ENOSYS));

        compile("deny-list.json", 0);
        answers("read", 0, 0, FILTER_ALLOW);
        answers("getpid", 0, 0, FILTER_ERRNO(EPERM));
        answers("getppid", 0, 0, SECCOMP_RET_KILL_PROCESS);
        answers("getuid", 0, 0, SECCOMP_RET_LOG);
        assert_int_equal(filter_run(&filter,
                                    &(struct seccomp_data) { .nr = 1000, .arch = seccomp_arch_native() }),
                         FILTER_ALLOW);
}

static void is_refused(const char *text, const char *expected) {
        _cleanup_free_ char *why = NULL;

        assert_int_equal(compile_text(&(Blob) { (char *) text, strlen(text) }, 0, &why), -EINVAL);
        assert_non_null(why);
        assert_string_equal(why, expected);
}

/* A misspelt prohibition is no prohibition. */
static void test_refused_rules(void **state) {
        is_refused("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
                   "{\"names\": [\"kexec_lod\"], \"action\": \"SCMP_ACT_ERRNO\"}]}",
                   "no such system call, so it cannot be forbidden: 'kexec_lod'");
        is_refused("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": ["
                   "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\","
                   " \"args\": [{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]},"
                   "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"}]}",
                   "the rules about 'read' contradict each other");
}

/* The one that podman comes with, if it is here: what ours forbids is what only root of the host needs, or what it
 * guards with a capability. */
static void test_podman(void **state) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob text = {};

        if (file_read_at(AT_FDCWD, "/usr/share/containers/seccomp.json", SECCOMP_PROFILE_MAX, &text) < 0)
                skip();
        if (compile_text(&text, CAPABILITIES_DEFAULT, &why) != 0)
                fail_msg("%s", why);
        answers("read", 0, 0, FILTER_ALLOW);
        answers("bpf", 0, 0, FILTER_ERRNO(EPERM));
        answers("keyctl", 0, 0, FILTER_ALLOW);
        answers("kexec_load", 0, 0, FILTER_ERRNO(EPERM));
        answers("personality", 8, 0, FILTER_ALLOW);
        answers("personality", 1, 0, FILTER_ERRNO(ENOSYS));
        answers("socket", 16, 0, FILTER_ALLOW);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_must_pass), TEST(test_must_fail), TEST(test_damage),        TEST(test_oci),
                TEST(test_docker),    TEST(test_others),    TEST(test_refused_rules), TEST(test_podman),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
