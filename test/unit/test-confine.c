/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/confine: for each row of its table, what a program like that cannot do any more, and what it can.
 * Never: confines itself; children do.
 * Follows: basic/confine.h; docs/SECURITY.md, "Cages". */

#include "capture.h"
#include "scratch.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <netinet/in.h>

#include "basic/capability.h"
#include "basic/confine.h"
#include "basic/fd.h"
#include "basic/macro.h"

static const Confinement all[] = { CONFINE_CLIENT,      CONFINE_FETCH,  CONFINE_PREPARE, CONFINE_RUN,
                                   CONFINE_CREDENTIALS, CONFINE_TRUST,  CONFINE_VERIFY,  CONFINE_GC,
                                   CONFINE_IMAGE,       CONFINE_EXPORT, CONFINE_STAGE };

/* These start programs of ours, and no others where the kernel has Landlock. */
static bool starts_ours(Confinement c) {
        return c == CONFINE_FETCH || c == CONFINE_PREPARE || c == CONFINE_TRUST || c == CONFINE_VERIFY ||
               c == CONFINE_IMAGE;
}

static int landlock_version(void) {
        return syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* the version */);
}

/* What is done in the cage; the answer is an errno, or 0. */
typedef int (*Attempt)(void);

typedef struct Trial {
        Confinement confinement;
        int directory;
        Attempt attempt;
} Trial;

static int try_it(void *userdata) {
        const Trial *t = userdata;

        int r = confine(t->confinement, t->directory);
        if (r < 0) {
                fprintf(stderr, "confine(): %s\n", strerror(-r));
                return 255;
        }
        errno = 0;
        return t->attempt();
}

static int outcome_in(Confinement c, int directory, Attempt attempt) {
        Trial t = { c, directory, attempt };
        _cleanup_captured_ Captured captured = capture(try_it, &t);

        if (!WIFEXITED(captured.status) || WEXITSTATUS(captured.status) == 255)
                fail_msg("as %d: wait status %#x; it said: %s", c, captured.status, captured.err);
        return WEXITSTATUS(captured.status);
}

static int outcome(Confinement c, Attempt attempt) {
        return outcome_in(c, -EBADF, attempt);
}

static int result(long r) {
        return r < 0 ? errno : 0;
}

static int do_ptrace(void) {
        return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int do_mount(void) {
        return result(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

static int do_unshare(void) {
        return result(unshare(CLONE_NEWUSER));
}

static int do_namespace(void) {
        long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
        if (pid == 0)
                _exit(0);
        return result(pid);
}

static int do_clone3(void) {
        return result(syscall(SYS_clone3, NULL, 0));
}

static int do_module(void) {
        return result(syscall(SYS_init_module, NULL, 0, ""));
}

static int do_io_uring(void) {
        return result(syscall(SYS_io_uring_setup, 0, NULL));
}

static int do_read_process(void) {
        return result(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
}

/* Nobody may do these, whoever he is. */
static void test_nobody(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(all); i++) {
                assert_int_equal(outcome(all[i], do_ptrace), EPERM);
                assert_int_equal(outcome(all[i], do_mount), EPERM);
                assert_int_equal(outcome(all[i], do_unshare), EPERM);
                assert_int_equal(outcome(all[i], do_namespace), EPERM);
                assert_int_equal(outcome(all[i], do_clone3), ENOSYS);
                assert_int_equal(outcome(all[i], do_module), EPERM);
                assert_int_equal(outcome(all[i], do_io_uring), EPERM);
                assert_int_equal(outcome(all[i], do_read_process), EPERM);
        }
}

static int do_x32(void) {
        return result(syscall(0x40000000 | SYS_getpid));
}

static int survives_x32(void *userdata) {
        Trial t = { *(Confinement *) userdata, -EBADF, do_x32 };
        return try_it(&t);
}

static void test_other_numbers(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(all); i++) {
                Confinement c = all[i];
                _cleanup_captured_ Captured captured = capture(survives_x32, &c);
                assert_killed(&captured, SIGSYS);
        }
}

static int open_socket(int family) {
        _cleanup_close_ int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        return fd < 0 ? errno : 0;
}

static int do_unix(void) {
        return open_socket(AF_UNIX);
}

static int do_inet(void) {
        return open_socket(AF_INET);
}

static int do_inet6(void) {
        return open_socket(AF_INET6);
}

static int do_packet(void) {
        return open_socket(AF_PACKET);
}

static int do_vsock(void) {
        return open_socket(AF_VSOCK);
}

static void test_sockets(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(all); i++) {
                bool network = all[i] == CONFINE_CLIENT || all[i] == CONFINE_FETCH ||
                               all[i] == CONFINE_CREDENTIALS || all[i] == CONFINE_TRUST;

                assert_int_equal(outcome(all[i], do_unix), 0);
                assert_int_equal(outcome(all[i], do_inet), network ? 0 : EAFNOSUPPORT);
                assert_int_equal(outcome(all[i], do_inet6), network ? 0 : EAFNOSUPPORT);
                assert_int_equal(outcome(all[i], do_packet), EAFNOSUPPORT);
                assert_int_equal(outcome(all[i], do_vsock), EAFNOSUPPORT);
        }
}

static int do_listen(void) {
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un {
                sa_family_t family;
                char path[8];
        } address = { AF_UNIX, "" };

        if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof(sa_family_t)) < 0)
                return errno;
        return result(listen(fd, 1));
}

static void test_servers(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(all); i++)
                assert_int_equal(outcome(all[i], do_listen), all[i] == CONFINE_STAGE ? 0 : EPERM);
}

static int do_bind_port(void) {
        _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

        return fd < 0 ? errno : result(bind(fd, (struct sockaddr *) &address, sizeof(address)));
}

static int do_setns(void) {
        _cleanup_close_ int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
        return fd < 0 ? errno : result(setns(fd, 0));
}

static void test_visits(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(all); i++)
                if (all[i] != CONFINE_STAGE && all[i] != CONFINE_CLIENT)
                        assert_int_equal(outcome(all[i], do_setns), EPERM);
        assert_int_equal(outcome(CONFINE_STAGE, do_setns), geteuid() == 0 ? 0 : EPERM);
}

static int do_fork(void) {
        int status;

        pid_t pid = fork();
        if (pid == 0)
                _exit(0);
        return pid < 0 || waitpid(pid, &status, 0) < 0 ? errno : status;
}

static int do_exec(void) {
        execl("/bin/true", "true", NULL);
        return errno;
}

static int do_execveat(void) {
        syscall(SYS_execveat, AT_FDCWD, "/bin/true", (char *[]) { (char *) "true", NULL }, NULL, 0);
        return errno;
}

static void *nothing(void *userdata) {
        return NULL;
}

static int do_thread(void) {
        pthread_t thread;

        int r = pthread_create(&thread, NULL, nothing, NULL);
        return r > 0 ? r : pthread_join(thread, NULL);
}

static void test_children(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(all); i++) {
                bool childless = all[i] == CONFINE_CLIENT || all[i] == CONFINE_GC,
                     starts = !childless && all[i] != CONFINE_RUN;
                int another = !starts ? EPERM : starts_ours(all[i]) && landlock_version() >= 2 ? EACCES : 0;

                assert_int_equal(outcome(all[i], do_fork), childless ? EPERM : 0);
                assert_int_equal(outcome(all[i], do_exec), another);
                assert_int_equal(outcome(all[i], do_execveat), another);
                assert_int_equal(outcome(all[i], do_thread), 0);
        }
}

static int look_at_itself(void) {
        struct rlimit core;

        return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2 &&
                                               prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
                                               getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0
                               ? 0
                               : 1;
}

static void test_itself(void **state) {
        assert_int_equal(outcome(CONFINE_CLIENT, look_at_itself), 0);
        assert_int_equal(outcome(CONFINE_GC, look_at_itself), 0);
        assert_int_equal(outcome(CONFINE_RUN, look_at_itself), 0);
}

/* "inside" is where a program may write that may write in one place. */
static int make_file(const char *name) {
        _cleanup_close_ int fd = openat(scratch.fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        return fd < 0 ? errno : 0;
}

static int do_write_inside(void) {
        return make_file("inside/new");
}

static int do_write_outside(void) {
        return make_file("outside/new");
}

static int do_overwrite_outside(void) {
        return make_file("outside/there");
}

static int do_unlink_outside(void) {
        return result(unlinkat(scratch.fd, "outside/there", 0));
}

static int do_move_outside(void) {
        return result(renameat(scratch.fd, "inside/a", scratch.fd, "outside/a"));
}

static int do_move_inside(void) {
        if (renameat(scratch.fd, "inside/a", scratch.fd, "inside/b/a") < 0)
                return errno;
        return result(renameat(scratch.fd, "inside/b/a", scratch.fd, "inside/a"));
}

static int can_read(int dir_fd, const char *path) {
        _cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? errno : 0;
}

static int do_read_outside(void) {
        return can_read(scratch.fd, "outside/there");
}

static int do_read_configuration(void) {
        return can_read(AT_FDCWD, "/etc/nsswitch.conf");
}

static int do_null(void) {
        _cleanup_close_ int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        return fd < 0 ? errno : 0;
}

/* The program, not a link to it: that is what a rule is about. */
static int copy_true(const char *name) {
        _cleanup_blob_ Blob program = {};

        int r = file_read_at(AT_FDCWD, "/bin/true", 16 * 1024 * 1024, &program);
        return r < 0 ? r : file_create_at(scratch.fd, name, program.data, program.size, 0755);
}

static int do_start_ours(void) {
        execl(scratch_path("programs/seal-layer"), "true", NULL);
        return errno;
}

static int do_start_other(void) {
        execl(scratch_path("programs/stage1-nspawn"), "true", NULL);
        return errno;
}

/* That the same file may be executed under one name says nothing of the others. */
static void test_programs(void **state) {
        static const char *const there[] = { "programs/seal-layer", "programs/stage1-nspawn" };

        if (landlock_version() < 2) {
                print_message("# skipped: this kernel has no Landlock that would do\n");
                skip();
        }

        scratch_mkdir("programs");
        for (size_t i = 0; i < ELEMENTSOF(there); i++)
                assert_int_equal(copy_true(there[i]), 0);
        setenv("GANTRY_EXEC_DIR", scratch_path("programs"), 1);
        assert_int_equal(outcome(CONFINE_FETCH, do_start_ours), 0);
        assert_int_equal(outcome(CONFINE_VERIFY, do_start_ours), 0);
        assert_int_equal(outcome(CONFINE_TRUST, do_start_ours), EACCES);
        assert_int_equal(outcome(CONFINE_IMAGE, do_start_ours), EACCES);
        assert_int_equal(outcome(CONFINE_FETCH, do_start_other), EACCES);
        assert_int_equal(outcome(CONFINE_RUN, do_start_ours), EPERM);
        assert_int_equal(outcome(CONFINE_EXPORT, do_start_other), 0);
        unsetenv("GANTRY_EXEC_DIR");
}

static void test_files(void **state) {
        static const Confinement in_one_place[] = { CONFINE_CLIENT, CONFINE_FETCH, CONFINE_PREPARE,
                                                    CONFINE_RUN,    CONFINE_TRUST, CONFINE_VERIFY,
                                                    CONFINE_GC,     CONFINE_IMAGE };

        if (landlock_version() < 2) {
                print_message("# skipped: this kernel has no Landlock that would do\n");
                skip();
        }

        scratch_mkdir("inside");
        scratch_mkdir("inside/b");
        scratch_mkdir("outside");
        scratch_write("inside/a", "");
        scratch_write("outside/there", "");
        _cleanup_close_ int fd = open(scratch_path("inside"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (size_t i = 0; i < ELEMENTSOF(in_one_place); i++) {
                Confinement c = in_one_place[i];

                assert_int_equal(outcome_in(c, fd, do_write_inside), 0);
                assert_int_equal(outcome_in(c, fd, do_move_inside), 0);
                assert_int_equal(outcome_in(c, fd, do_write_outside), EACCES);
                assert_int_equal(outcome_in(c, fd, do_overwrite_outside), EACCES);
                assert_int_equal(outcome_in(c, fd, do_unlink_outside), EACCES);
                assert_int_not_equal(outcome_in(c, fd, do_move_outside), 0);
                assert_int_equal(outcome_in(c, fd, do_read_outside), c == CONFINE_CLIENT ? EACCES : 0);
                assert_int_equal(outcome_in(c, fd, do_read_configuration), 0);
                assert_int_equal(outcome_in(c, fd, do_null), 0);
                assert_int_equal(outcome(c, do_write_inside), EACCES);
        }
        assert_int_equal(outcome(CONFINE_EXPORT, do_write_outside), 0);
        assert_int_equal(outcome(CONFINE_CREDENTIALS, do_write_outside), 0);
        if (landlock_version() >= 4)
                assert_int_equal(outcome(CONFINE_CLIENT, do_bind_port), EACCES);
}

/* Of whichever set, in 64 bits. */
static uint64_t read_set(const char *key) {
        _cleanup_fclose_ FILE *f = fopen("/proc/self/status", "re");
        char line[256];

        while (f && fgets(line, sizeof(line), f))
                if (strncmp(line, key, strlen(key)) == 0)
                        return strtoull(line + strlen(key), NULL, 16);
        return UINT64_MAX;
}

static int has_capabilities(uint64_t allowed) {
        static const char *const keys[] = { "CapPrm:", "CapEff:", "CapBnd:" };

        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (read_set(keys[i]) & ~allowed)
                        return 1;
        return read_set("CapInh:") != 0 || read_set("CapAmb:") != 0 ? 1 : 0;
}

static int has_those_for_files(void) {
        return has_capabilities(CAPABILITY(DAC_OVERRIDE) | CAPABILITY(DAC_READ_SEARCH) | CAPABILITY(FOWNER));
}

static int has_none_over_the_machine(void) {
        return has_capabilities(~(CAPABILITY(NET_ADMIN) | CAPABILITY(NET_RAW) | CAPABILITY(SYS_MODULE) |
                                  CAPABILITY(SYS_RAWIO) | CAPABILITY(SYS_BOOT) | CAPABILITY(SYS_TIME) |
                                  CAPABILITY(SYSLOG) | CAPABILITY(BPF) | CAPABILITY(PERFMON) |
                                  CAPABILITY(MAC_ADMIN) | CAPABILITY(MKNOD) | CAPABILITY(AUDIT_CONTROL)));
}

static int has_none_over_processes(void) {
        return has_capabilities(~(CAPABILITY(SYS_ADMIN) | CAPABILITY(SYS_PTRACE) | CAPABILITY(SYS_CHROOT) |
                                  CAPABILITY(SYS_RESOURCE)));
}

/* What root executes must not have them back. */
static int do_exec_as_root(void) {
        execl("/bin/sh", "sh", "-c",
              "while read k v; do [ $k != CapEff: ] || [ $((0x$v & 0x200000)) = 0 ] || exit 1; done </proc/self/status",
              NULL);
        return 2;
}

static void test_capabilities(void **state) {
        if (geteuid() != 0) {
                print_message("# skipped: others than root have no capabilities to lose\n");
                skip();
        }

        assert_int_equal(outcome(CONFINE_GC, has_those_for_files), 0);
        assert_int_equal(outcome(CONFINE_PREPARE, has_those_for_files), 0);
        assert_int_equal(outcome(CONFINE_RUN, has_those_for_files), 0);
        for (size_t i = 0; i < ELEMENTSOF(all); i++) {
                if (all[i] == CONFINE_CLIENT)
                        continue;
                assert_int_equal(outcome(all[i], has_none_over_the_machine), 0);
                if (all[i] == CONFINE_STAGE)
                        continue;
                assert_int_equal(outcome(all[i], has_none_over_processes), 0);
                if (all[i] != CONFINE_GC && all[i] != CONFINE_RUN &&
                    (!starts_ours(all[i]) || landlock_version() < 2))
                        assert_int_equal(outcome(all[i], do_exec_as_root), 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nobody),
                cmocka_unit_test(test_other_numbers),
                cmocka_unit_test(test_sockets),
                cmocka_unit_test(test_servers),
                cmocka_unit_test(test_visits),
                cmocka_unit_test(test_children),
                cmocka_unit_test(test_itself),
                cmocka_unit_test(test_capabilities),
                cmocka_unit_test_setup_teardown(test_programs, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_files, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
