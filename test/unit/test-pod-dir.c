/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/pod-dir, pod/pod-commit, pod/pod-identity and pod/exit-record.
 * Never: touches pods but its own below the scratch directory.
 * Follows: pod/pod-dir.h, pod/exit-record.h; "The life of a pod" in docs/ARCHITECTURE.md. */

#include "scratch.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "pod/exit-record.h"
#include "pod/pod-commit.h"
#include "pod/pod-identity.h"

#define UUID_A "0a1b2c3d-0000-4000-8000-00000000000a"
#define UUID_B "0a1b2c3d-0000-4000-8000-00000000000b"
#define UUID_C "ffffffff-ffff-4fff-bfff-ffffffffffff"

/* As the store makes it; the scratch directory is pods/ itself. */
static int setup(void **state) {
        if (scratch_setup(state) < 0)
                return -1;
        for (PodPhase phase = 0; phase < _POD_PHASE_MAX; phase++)
                if (mkdirat(scratch.fd, pod_phase_name(phase), 0700) < 0)
                        return -1;

        return 0;
}

static const char *pod_path(PodPhase phase, const char *uuid, const char *file) {
        static char path[256];

        (void) snprintf(path, sizeof(path), "%s/%s/%s", pod_phase_name(phase), uuid, file);
        return path;
}

static PodDir create(void) {
        PodDir p = { .fd = -EBADF };

        assert_int_equal(pod_dir_create(scratch.fd, &p), 0);
        return p;
}

static PodDir commit(const char *name) {
        PodDir p = create();

        assert_int_equal(pod_dir_commit(scratch.fd, &p, name, NULL), 0);
        return p;
}

/* A pod of that name in that phase in which nobody is alive. */
static void make_dead(PodPhase phase, const char *name, char ret_uuid[37]) {
        _cleanup_pod_dir_ PodDir p = commit(name);

        if (phase != POD_PREPARED)
                assert_int_equal(pod_dir_move(scratch.fd, &p, phase), 0);
        strcpy(ret_uuid, p.uuid);
}

static void link_identity(PodPhase phase, const char *uuid, const char *text) {
        const char *link = pod_path(phase, uuid, "identity");

        assert_true(unlinkat(scratch.fd, link, 0) >= 0 || errno == ENOENT);
        assert_return_code(symlinkat(text, scratch.fd, link), errno);
}

/* The same without going through the code under test. */
static void make_by_hand(PodPhase phase, const char *uuid, const char *name) {
        char text[80];

        scratch_mkdir(pod_path(phase, uuid, ""));
        (void) snprintf(text, sizeof(text), "%s:524288", name);
        link_identity(phase, uuid, text);
}

static uid_t uid_base(const PodDir *p) {
        uid_t base = 0;

        assert_int_equal(pod_dir_uid_base(p, &base), 0);
        assert_true(base >= 0x80000 && base <= 0x6fff0000 && base % 65536 == 0);
        return base;
}

/* Birth */

static void test_create(void **state) {
        _cleanup_pod_dir_ PodDir p = create(), other = create();
        uid_t base;

        assert_int_equal(p.phase, POD_PREPARING);
        assert_null(p.name);
        assert_int_equal(scratch_mode(pod_path(POD_PREPARING, p.uuid, "")), S_IFDIR | 0700);
        assert_int_equal(scratch_count(pod_path(POD_PREPARING, p.uuid, "")), 0);
        assert_int_equal(fcntl(p.fd, F_GETFD), FD_CLOEXEC);
        assert_string_not_equal(p.uuid, other.uuid);
        assert_int_equal(pod_dir_uid_base(&p, &base), -ENOENT);

        /* Somebody is alive in it: its builder. */
        _cleanup_pod_dir_ PodDir seen = { .fd = -EBADF };
        assert_int_equal(pod_dir_open(scratch.fd, POD_PREPARING, p.uuid, &seen), 0);
        assert_true(pod_dir_alive(&seen));
        assert_int_equal(pod_dir_lock(&seen), -EWOULDBLOCK);

        /* Open it stays reachable however it is called. */
        assert_int_equal(file_publish_at(p.fd, "pod.json", "{}", 2, 0644, false), 0);
        assert_int_equal(pod_dir_commit(scratch.fd, &p, "web", NULL), 0);
        _cleanup_blob_ Blob text = {};
        assert_int_equal(file_read_at(seen.fd, "pod.json", 10, &text), 0);
}

/* RFC 9562, version 4. */
static void test_uuid(void **state) {
        char any[37] = "", all[37];

        memset(all, 'f', 36);
        for (size_t i = 0; i < 100; i++) {
                _cleanup_pod_dir_ PodDir p = create();

                assert_int_equal(strlen(p.uuid), 36);
                for (size_t k = 0; k < 36; k++)
                        if (k == 8 || k == 13 || k == 18 || k == 23)
                                assert_int_equal(p.uuid[k], '-');
                        else {
                                assert_non_null(strchr(DIGITS "abcdef", p.uuid[k]));
                                any[k] = MAX(any[k], p.uuid[k]);
                                all[k] = MIN(all[k], p.uuid[k]);
                        }
                assert_int_equal(p.uuid[14], '4');
                assert_non_null(strchr("89ab", p.uuid[19]));
        }

        for (size_t k = 0; k < 36; k++)
                if (k != 8 && k != 13 && k != 14 && k != 18 && k != 23)
                        assert_true(all[k] < any[k]); /* no digit is always the same */
}

static void test_commit(void **state) {
        _cleanup_pod_dir_ PodDir p = create(), seen = { .fd = -EBADF };
        char expected[32], text[32] = "";

        assert_int_equal(pod_dir_commit(scratch.fd, &p, "web", NULL), 0);
        assert_int_equal(p.phase, POD_PREPARED);
        assert_string_equal(p.name, "web");
        assert_int_equal(scratch_count("preparing"), 0);
        (void) snprintf(expected, sizeof(expected), "web:%u", uid_base(&p));
        assert_true(startswith(p.level, "s0:c"));
        assert_true(readlinkat(p.fd, "identity", text, sizeof(text) - 1) > 0);
        assert_string_equal(text, expected);
        assert_int_equal(scratch_count(pod_path(POD_PREPARED, p.uuid, "")), 1); /* nothing temporary */

        assert_int_equal(pod_dir_open(scratch.fd, POD_PREPARED, p.uuid, &seen), 0);
        assert_string_equal(seen.name, "web");
        assert_int_equal(uid_base(&seen), uid_base(&p));
        assert_string_equal(seen.level, p.level);
}

static void refuses_name(const char *name) {
        _cleanup_pod_dir_ PodDir p = create();

        assert_int_equal(pod_dir_commit(scratch.fd, &p, name, NULL), -EEXIST);
        assert_int_equal(p.phase, POD_PREPARING);
        assert_null(p.name);
        assert_int_equal(scratch_count(pod_path(POD_PREPARING, p.uuid, "")), 0);
}

/* The living have their names for themselves, the dead do not mind. */
static void test_names(void **state) {
        char uuid[37];

        make_dead(POD_RUNNING, "web", uuid);
        make_dead(POD_EXITED, "web", uuid);
        make_dead(POD_GARBAGE, "web", uuid);

        _cleanup_pod_dir_ PodDir first = commit("web"); /* prepared */
        refuses_name("web");
        assert_int_equal(pod_dir_move(scratch.fd, &first, POD_RUNNING), 0);
        refuses_name("web"); /* running, for it is locked still */
        pod_dir_done(&first);
        _cleanup_pod_dir_ PodDir second = commit("web"), other = commit("web-2");
        refuses_name(second.name);
        refuses_name(other.name);
}

/* Also one that nobody is alive in: it waits to be started. */
static void test_name_of_prepared(void **state) {
        char uuid[37];

        make_dead(POD_PREPARED, "web", uuid);
        refuses_name("web");
}

/* In place of the C library's, for tests that depend on it. */
static uint64_t fixed_random;

ssize_t getrandom(void *buffer, size_t size, unsigned flags) {
        if (fixed_random == 0)
                return syscall(SYS_getrandom, buffer, size, flags);

        assert_true(size <= sizeof(fixed_random));
        memcpy(buffer, &fixed_random, size);
        return size;
}

/* Where the search for a range begins: 28664 ranges there are, and 28664 is 0 again. */
static uid_t commit_at(const char *name, uint64_t range) {
        _cleanup_pod_dir_ PodDir p = create();

        fixed_random = 28664 + range;
        int r = pod_dir_commit(scratch.fd, &p, name, NULL);
        fixed_random = 0;
        assert_int_equal(r, 0);
        return uid_base(&p);
}

/* A range that a pod has, dead or alive, is passed over; behind the last one comes the first. */
static void test_uid_range_taken(void **state) {
        assert_int_equal(commit_at("a", 100), 524288 + 100 * 65536);
        assert_int_equal(commit_at("b", 100), 524288 + 101 * 65536);
        assert_int_equal(commit_at("c", 99), 524288 + 99 * 65536);
        assert_int_equal(commit_at("d", 99), 524288 + 102 * 65536);
        assert_int_equal(commit_at("last", 28663), 0x6fff0000);
        assert_int_equal(commit_at("first", 28663), 524288);
        assert_int_equal(commit_at("second", 28663), 524288 + 65536);
}

static int compare_uids(const void *a, const void *b) {
        uid_t x = *(const uid_t *) a, y = *(const uid_t *) b;
        return x < y ? -1 : x > y;
}

static void test_uid_ranges(void **state) {
        enum { PODS = 200 };
        uid_t bases[PODS];
        char name[16];

        for (size_t i = 0; i < PODS; i++) {
                (void) snprintf(name, sizeof(name), "pod-%zu", i);
                _cleanup_pod_dir_ PodDir p = commit(name);
                bases[i] = uid_base(&p);
                if (i % 3 > 0)
                        assert_int_equal(pod_dir_move(scratch.fd, &p, i % 3 == 1 ? POD_RUNNING : POD_EXITED),
                                         0);
        }
        qsort(bases, PODS, sizeof(uid_t), compare_uids);
        for (size_t i = 1; i < PODS; i++)
                assert_true(bases[i] - bases[i - 1] >= 65536);
}

static void claim_level(const char *name, const char *level, int expected) {
        _cleanup_pod_dir_ PodDir p = create(), seen = { .fd = -EBADF };

        assert_int_equal(pod_dir_commit(scratch.fd, &p, name, level), expected);
        if (expected < 0)
                return;
        assert_string_equal(p.level, level);
        assert_int_equal(pod_dir_open(scratch.fd, POD_PREPARED, p.uuid, &seen), 0);
        assert_string_equal(seen.level, level);
}

/* One that was asked for is somebody's as long as he has files. */
static void test_level(void **state) {
        char uuid[37];

        claim_level("a", "s0:c1,c2", 0);
        claim_level("b", "s0:c1,c2", -EADDRINUSE);
        claim_level("b", "s0:c1,c3", 0);
        make_dead(POD_EXITED, "c", uuid);
        link_identity(POD_EXITED, uuid, "c:524288:s0:c4,c5");
        claim_level("d", "s0:c4,c5", -EADDRINUSE);
        claim_level("a", "s0:c6,c7", -EEXIST);
}

/* Many at once: the name is given once, ranges never twice. */
static int commit_in_child(const char *name) {
        PodDir p = { .fd = -EBADF };

        if (pod_dir_create(scratch.fd, &p) < 0)
                return 2;
        int r = pod_dir_commit(scratch.fd, &p, name, NULL);
        return r == 0 ? 0 : r == -EEXIST ? 1 : 2;
}

static void test_race(void **state) {
        enum { CHILDREN = 12 };
        int status, won = 0;
        char own_name[16];

        for (size_t i = 0; i < CHILDREN; i++) {
                (void) snprintf(own_name, sizeof(own_name), "pod-%zu", i);
                pid_t pid = fork();
                assert_true(pid >= 0);
                if (pid == 0)
                        _exit(commit_in_child(i % 2 ? own_name : "wanted"));
        }
        for (size_t i = 0; i < CHILDREN; i++) {
                assert_true(wait(&status) > 0);
                assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
                won += WEXITSTATUS(status) == 0;
        }
        assert_int_equal(won, CHILDREN / 2 + 1);
        assert_int_equal(scratch_count("prepared"), won);

        uid_t bases[CHILDREN];
        PodDir *list;
        size_t n, k = 0;
        assert_int_equal(pod_dir_list(scratch.fd, &list, &n), 0);
        for (size_t i = 0; i < n; i++)
                if (list[i].phase == POD_PREPARED)
                        bases[k++] = uid_base(&list[i]);
        pod_dirs_free(list, n);
        qsort(bases, k, sizeof(uid_t), compare_uids);
        for (size_t i = 1; i < k; i++)
                assert_true(bases[i] != bases[i - 1]);
}

/* As many as a busy host may have, from eight processes; whole with GANTRY_LONG=1. */
static void commit_several(size_t process, size_t n) {
        char name[32];

        for (size_t i = 0; i < n; i++) {
                (void) snprintf(name, sizeof(name), "pod-%zu-%zu", process, i);
                if (commit_in_child(name) != 0)
                        _exit(EXIT_FAILURE);
        }
        _exit(EXIT_SUCCESS);
}

static void test_many_at_once(void **state) {
        enum { PROCESSES = 8 };
        size_t each = getenv("GANTRY_LONG") ? 63 : 13, n;
        int status;

        for (size_t i = 0; i < PROCESSES; i++) {
                pid_t pid = fork();
                assert_true(pid >= 0);
                if (pid == 0)
                        commit_several(i, each);
        }
        for (size_t i = 0; i < PROCESSES; i++) {
                assert_true(wait(&status) > 0);
                assert_int_equal(status, 0);
        }

        PodDir *list;
        assert_int_equal(pod_dir_list(scratch.fd, &list, &n), 0);
        assert_int_equal(n, PROCESSES * each);
        uid_t *bases = calloc(n, sizeof(uid_t));
        for (size_t i = 0; i < n; i++)
                bases[i] = uid_base(&list[i]);
        qsort(bases, n, sizeof(uid_t), compare_uids);
        for (size_t i = 1; i < n; i++)
                assert_true(bases[i] != bases[i - 1]);
        free(bases);
        pod_dirs_free(list, n);
}

/* Who looks for a free name and a free range has the directory for itself. */
static void test_commit_waits(void **state) {
        int status;

        _cleanup_close_ int lock = dir_open_at(scratch.fd, ".", 0);
        assert_return_code(flock(lock, LOCK_EX), errno);
        pid_t pid = fork();
        if (pid == 0) {
                fd_close(lock); /* of which this is a copy */
                _exit(commit_in_child("web"));
        }
        usleep(200000);
        assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
        assert_int_equal(scratch_count("prepared"), 0);
        assert_return_code(flock(lock, LOCK_UN), errno);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        assert_int_equal(scratch_count("prepared"), 1);
}

/* Life */

static void test_phases(void **state) {
        static const char *const names[] = { "preparing", "prepared", "running", "exited", "garbage" };
        _cleanup_pod_dir_ PodDir p = create();

        assert_int_equal(ELEMENTSOF(names), _POD_PHASE_MAX);
        for (PodPhase phase = 0; phase < _POD_PHASE_MAX; phase++) {
                assert_string_equal(pod_phase_name(phase), names[phase]);
                if (phase > 0)
                        assert_int_equal(pod_dir_move(scratch.fd, &p, phase), 0);
                assert_int_equal(p.phase, phase);
                assert_true(scratch_exists(pod_path(phase, p.uuid, "")));
        }
        for (PodPhase phase = 0; phase < POD_GARBAGE; phase++)
                assert_int_equal(scratch_count(names[phase]), 0);
}

static void test_move_loses(void **state) {
        _cleanup_pod_dir_ PodDir p = commit("web"), slow = { .fd = -EBADF };

        assert_int_equal(pod_dir_open(scratch.fd, POD_PREPARED, p.uuid, &slow), 0);
        assert_int_equal(pod_dir_move(scratch.fd, &p, POD_RUNNING), 0);
        assert_int_equal(pod_dir_move(scratch.fd, &slow, POD_GARBAGE), -ENOENT);
        assert_int_equal(slow.phase, POD_PREPARED);
        assert_int_equal(pod_dir_remove(scratch.fd, &slow), -ENOENT);
        assert_true(scratch_exists(pod_path(POD_RUNNING, p.uuid, "")));
}

static void test_remove(void **state) {
        for (PodPhase phase = 0; phase < _POD_PHASE_MAX; phase++) {
                _cleanup_pod_dir_ PodDir p = create();

                assert_int_equal(mkdirat(p.fd, "apps", 0755), 0);
                assert_int_equal(file_publish_at(p.fd, "pod.json", "{}", 2, 0444, false), 0);
                if (phase > 0)
                        assert_int_equal(pod_dir_move(scratch.fd, &p, phase), 0);
                assert_int_equal(pod_dir_remove(scratch.fd, &p), 0);
                for (PodPhase i = 0; i < _POD_PHASE_MAX; i++)
                        assert_int_equal(scratch_count(pod_phase_name(i)), 0);
                assert_int_equal(pod_dir_remove(scratch.fd, &p), 0); /* garbage that is gone is success */
        }
}

/* Takes the lock in a child and says so; then waits to be killed. */
static pid_t live_in(PodPhase phase, const char *uuid) {
        int fds[2];
        char c;

        assert_return_code(pipe2(fds, O_CLOEXEC), errno);
        pid_t pid = fork();
        if (pid == 0) {
                PodDir p = { .fd = -EBADF };
                if (pod_dir_open(scratch.fd, phase, uuid, &p) < 0 || pod_dir_lock(&p) < 0)
                        _exit(1);
                (void) !write(fds[1], "", 1);
                for (;;)
                        pause();
        }
        assert_true(pid > 0);
        close(fds[1]);
        assert_int_equal(read(fds[0], &c, 1), 1);
        close(fds[0]);
        return pid;
}

static void end(pid_t pid) {
        assert_return_code(kill(pid, SIGKILL), errno);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* However it dies, its lock dies with it. */
static void test_lock(void **state) {
        char uuid[37];
        make_dead(POD_RUNNING, "web", uuid);

        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        assert_int_equal(pod_dir_open(scratch.fd, POD_RUNNING, uuid, &p), 0);
        assert_false(pod_dir_alive(&p));
        assert_int_equal(pod_dir_phase_now(&p), POD_EXITED);

        pid_t pid = live_in(POD_RUNNING, uuid);
        assert_true(pod_dir_alive(&p));
        assert_int_equal(pod_dir_phase_now(&p), POD_RUNNING);
        assert_int_equal(pod_dir_lock(&p), -EWOULDBLOCK);
        assert_true(pod_dir_alive(&p));

        end(pid);
        assert_false(pod_dir_alive(&p));
        assert_int_equal(pod_dir_phase_now(&p), POD_EXITED);
        assert_int_equal(pod_dir_lock(&p), 0);
}

/* However often others ask whether somebody is alive, who takes the lock is not told that somebody is. */
static void test_asking_disturbs_nobody(void **state) {
        unsigned disturbed = 0;
        char uuid[37];
        make_dead(POD_RUNNING, "web", uuid);

        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                PodDir p = { .fd = -EBADF };
                if (pod_dir_open(scratch.fd, POD_RUNNING, uuid, &p) < 0)
                        _exit(1);
                for (unsigned i = 0; i < 50000; i++)
                        (void) pod_dir_alive(&p);
                _exit(0);
        }
        while (waitpid(pid, NULL, WNOHANG) == 0) {
                PodDir p = { .fd = -EBADF };
                assert_int_equal(pod_dir_open(scratch.fd, POD_RUNNING, uuid, &p), 0);
                disturbed += pod_dir_lock(&p) < 0;
                pod_dir_done(&p);
        }
        assert_int_equal(disturbed, 0);
}

/* Not even if it takes one of them long to ask, on a machine that is busy. */
static void test_asking_slowly(void **state) {
        char uuid[37];
        make_dead(POD_RUNNING, "web", uuid);

        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF }, asking = { .fd = -EBADF };
        assert_int_equal(pod_dir_open(scratch.fd, POD_RUNNING, uuid, &p), 0);
        assert_int_equal(pod_dir_open(scratch.fd, POD_RUNNING, uuid, &asking), 0);
        assert_int_equal(flock(asking.fd, LOCK_SH | LOCK_NB), 0); /* as pod_dir_alive() does */
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                (void) usleep(300000);
                _exit(flock(asking.fd, LOCK_UN));
        }
        assert_int_equal(pod_dir_lock(&p), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_lock_is_inherited(void **state) {
        char uuid[37];
        make_dead(POD_RUNNING, "web", uuid);

        _cleanup_pod_dir_ PodDir owner = { .fd = -EBADF }, other = { .fd = -EBADF };
        assert_int_equal(pod_dir_open(scratch.fd, POD_RUNNING, uuid, &owner), 0);
        assert_int_equal(pod_dir_open(scratch.fd, POD_RUNNING, uuid, &other), 0);
        assert_int_equal(pod_dir_lock(&owner), 0);
        _cleanup_close_ int copy = fcntl(owner.fd, F_DUPFD_CLOEXEC, 3);
        pod_dir_done(&owner);
        assert_true(pod_dir_alive(&other));
        copy = fd_close(copy);
        assert_false(pod_dir_alive(&other));
}

/* Only a running pod can be found dead; the other phases say what they are. */
static void test_phase_now(void **state) {
        for (PodPhase phase = POD_PREPARED; phase < _POD_PHASE_MAX; phase++) {
                _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
                char uuid[37], name[] = "pod-0";

                name[4] += phase;
                make_dead(phase, name, uuid);
                assert_int_equal(pod_dir_open(scratch.fd, phase, uuid, &p), 0);
                assert_int_equal(pod_dir_phase_now(&p), phase == POD_RUNNING ? POD_EXITED : phase);
        }
}

/* Looking for pods */

static void test_open(void **state) {
        static const char *const invalid[] = {
                "",
                "0a1b2c3d",
                "0A1B2C3D-0000-4000-8000-00000000000A",
                "0a1b2c3d-0000-4000-8000-00000000000",
                "0a1b2c3d-0000-4000-8000-00000000000a0",
                "0a1b2c3d00004000800000000000000a",
                "0a1b2c3d-0000-4000-8000_00000000000a",
                "0a1b2c3g-0000-4000-8000-00000000000a",
                "../../../../../../../../../../../etc",
                "0a1b2c3d/0000/4000/8000/00000000000a",
        };
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

        for (size_t i = 0; i < ELEMENTSOF(invalid); i++)
                if (pod_dir_open(scratch.fd, POD_PREPARED, invalid[i], &p) != -EINVAL)
                        fail_msg("'%s' is accepted", invalid[i]);
        assert_int_equal(pod_dir_open(scratch.fd, POD_PREPARED, UUID_A, &p), -ENOENT);

        make_by_hand(POD_PREPARED, UUID_A, "web");
        assert_int_equal(pod_dir_open(scratch.fd, POD_RUNNING, UUID_A, &p), -ENOENT);
        assert_int_equal(pod_dir_open(scratch.fd, POD_PREPARED, UUID_A, &p), 0);
        assert_string_equal(p.uuid, UUID_A);
        assert_string_equal(p.name, "web");
        assert_int_equal(p.phase, POD_PREPARED);
        assert_int_equal(fcntl(p.fd, F_GETFD), FD_CLOEXEC);

        _cleanup_pod_dir_ PodDir link = { .fd = -EBADF };
        assert_return_code(symlinkat("../prepared/" UUID_A, scratch.fd, "running/" UUID_B), errno);
        assert_true(pod_dir_open(scratch.fd, POD_RUNNING, UUID_B, &link) < 0);
}

static void test_list(void **state) {
        PodDir *list = NULL;
        size_t n = 99;

        assert_int_equal(pod_dir_list(scratch.fd, &list, &n), 0);
        assert_int_equal(n, 0);
        pod_dirs_free(list, n);

        make_by_hand(POD_EXITED, UUID_A, "a");
        make_by_hand(POD_GARBAGE, UUID_B, "b");
        make_by_hand(POD_RUNNING, UUID_C, "c");
        _cleanup_pod_dir_ PodDir p = create();
        scratch_mkdir("running/not-a-uuid");
        scratch_write("exited/README", "");

        assert_int_equal(pod_dir_list(scratch.fd, &list, &n), 0);
        assert_int_equal(n, 4);
        assert_string_equal(list[0].uuid, p.uuid);
        assert_null(list[0].name);
        assert_string_equal(list[1].uuid, UUID_C);
        assert_string_equal(list[2].uuid, UUID_A);
        assert_string_equal(list[3].uuid, UUID_B);
        assert_int_equal(list[1].phase, POD_RUNNING);
        assert_int_equal(list[3].phase, POD_GARBAGE);
        assert_string_equal(list[3].name, "b");
        pod_dirs_free(list, n);
        pod_dirs_free(NULL, 0);
}

/* More pods than a process may open at first. */
static void test_list_many(void **state) {
        struct rlimit before, few;
        PodDir *list;
        size_t n;

        for (unsigned i = 0; i < 150; i++) {
                char uuid[40];
                (void) snprintf(uuid, sizeof(uuid), "%08x-0000-4000-8000-000000000000", i);
                make_by_hand(POD_EXITED, uuid, "web");
        }
        assert_return_code(getrlimit(RLIMIT_NOFILE, &before), errno);
        few = (struct rlimit) { .rlim_cur = 64, .rlim_max = before.rlim_max };
        assert_return_code(setrlimit(RLIMIT_NOFILE, &few), errno);
        assert_int_equal(pod_dir_list(scratch.fd, &list, &n), 0);
        assert_int_equal(n, 150);
        pod_dirs_free(list, n);
        assert_return_code(setrlimit(RLIMIT_NOFILE, &before), errno);
}

static void finds(const char *wanted, int expected, const char *expected_uuid) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

        int r = pod_dir_find(scratch.fd, wanted, &p);
        if (r != expected || (r == 0 && (!streq(p.uuid, expected_uuid) || p.fd < 0)))
                fail_msg("'%s': %d, %s", wanted, r, p.uuid);
}

static void test_find_by_uuid(void **state) {
        make_by_hand(POD_EXITED, UUID_A, "a");
        make_by_hand(POD_PREPARED, UUID_B, "b");
        make_by_hand(POD_RUNNING, UUID_C, "c");

        finds(UUID_A, 0, UUID_A);
        finds(UUID_C, 0, UUID_C);
        finds("ffffffff", 0, UUID_C);
        finds("ffffffff-ffff-4", 0, UUID_C);
        finds("fffffff", -ENOENT, NULL); /* too short to be meant */
        finds("FFFFFFFF", -ENOENT, NULL);
        finds("0a1b2c3d", -ENOTUNIQ, NULL);
        finds("0a1b2c3d-0000-4000-8000-00000000000", -ENOTUNIQ, NULL);
        finds("0a1b2c3e", -ENOENT, NULL);
        finds(UUID_A "0", -ENOENT, NULL);
        finds("", -ENOENT, NULL);
}

static void test_find_by_name(void **state) {
        make_by_hand(POD_EXITED, UUID_A, "web");
        finds("web", 0, UUID_A);
        finds("we", -ENOENT, NULL);
        finds("web2", -ENOENT, NULL);

        make_by_hand(POD_PREPARED, UUID_B, "web");
        finds("web", 0, UUID_B); /* a living one before a dead one */

        make_by_hand(POD_GARBAGE, UUID_C, "gone");
        finds("gone", -ENOENT, NULL);
        finds(UUID_C, -ENOENT, NULL);

        /* A name goes before a UUID that looks like it. */
        make_by_hand(POD_EXITED, "12345678-0000-4000-8000-000000000000", "other");
        finds("12345678", 0, "12345678-0000-4000-8000-000000000000");
        make_by_hand(POD_EXITED, "00000000-0000-4000-8000-000000000000", "12345678");
        finds("12345678", 0, "00000000-0000-4000-8000-000000000000");
        make_by_hand(POD_EXITED, "0a1b2c3d-0000-4000-8000-000000000000", "0a1b2c3d"); /* of several */
        finds("0a1b2c3d", 0, "0a1b2c3d-0000-4000-8000-000000000000");
}

static void test_find_running(void **state) {
        make_by_hand(POD_EXITED, UUID_A, "web");
        make_by_hand(POD_RUNNING, UUID_B, "web");
        make_by_hand(POD_RUNNING, UUID_C, "web");
        pid_t pid = live_in(POD_RUNNING, UUID_C);
        finds("web", 0, UUID_C);
        end(pid);

        pid = live_in(POD_RUNNING, UUID_B);
        finds("web", 0, UUID_B);
        end(pid);
}

/* One that is being prepared has its name for itself, but is not found by it. */
static void test_name_while_preparing(void **state) {
        make_by_hand(POD_PREPARING, UUID_A, "web");
        pid_t pid = live_in(POD_PREPARING, UUID_A);
        refuses_name("web");
        finds("web", -ENOENT, NULL);
        end(pid);

        _cleanup_pod_dir_ PodDir p = commit("web");
        finds("web", 0, p.uuid);
}

static void set_age(PodPhase phase, const char *uuid, time_t seconds) {
        struct timespec times[2] = { { .tv_sec = time(NULL) - seconds },
                                     { .tv_sec = time(NULL) - seconds } };
        assert_return_code(utimensat(scratch.fd, pod_path(phase, uuid, "."), times, 0), errno);
}

static void test_find_latest_dead(void **state) {
        make_by_hand(POD_EXITED, UUID_A, "web");
        make_by_hand(POD_RUNNING, UUID_B, "web"); /* dead too, nobody has said so yet */
        make_by_hand(POD_EXITED, UUID_C, "web");

        set_age(POD_EXITED, UUID_A, 300);
        set_age(POD_RUNNING, UUID_B, 200);
        set_age(POD_EXITED, UUID_C, 100);
        finds("web", 0, UUID_C);
        set_age(POD_RUNNING, UUID_B, 50);
        finds("web", 0, UUID_B);
        set_age(POD_EXITED, UUID_A, 10);
        finds("web", 0, UUID_A);
}

/* By its UUID, wherever it is */

static void test_open_any(void **state) {
        _cleanup_pod_dir_ PodDir running = { .fd = -EBADF }, none = { .fd = -EBADF };

        make_by_hand(POD_RUNNING, UUID_A, "web");
        make_by_hand(POD_PREPARED, UUID_B, "other");

        assert_int_equal(pod_dir_open_any(scratch.fd, UUID_A, &running), 0);
        assert_string_equal(running.name, "web");
        assert_int_equal(running.phase, POD_RUNNING);
        assert_int_equal(pod_dir_open_any(scratch.fd, UUID_C, &none), -ENOENT);
        assert_int_equal(pod_dir_open_any(scratch.fd, "nonsense", &none), -EINVAL);
        assert_true(none.fd < 0);
}

/* Its small files */

static void test_identity(void **state) {
        static const struct {
                const char *text, *name;
                int r;
        } table[] = {
                { "web:524288", "web", 0 },
                { "web:1878982656", "web", 0 },
                { "web:", "web", -EBADMSG },
                { "web:0", "web", -EBADMSG },
                { "web:65536", "web", -EBADMSG },
                { "web:524289", "web", -EBADMSG },
                { "web:1879048192", "web", -EBADMSG },
                /* 2^32 + 524288 */ { "web:4295491584", "web", -EBADMSG },
                { "web:-1", "web", -EBADMSG },
                { "web:0x80000", "web", -EBADMSG },
                { "web:18446744073709551616", "web", -EBADMSG },
                { "web:524288:", "web", -EBADMSG },
                { "web:524288:s0:c1,c2", "web", 0 },
                { "web:524288:s0:c1,c512", "web", -EBADMSG },
                { "web:0:s0:c1,c2", "web", -EBADMSG },
                { "web", NULL, -ENOENT },
                { "a-name-that-is-longer-than-any-that-a-machine-can-have-and-longer-than-what-there-is-room-for:524288",
                  NULL, -ENOENT },
        };

        make_by_hand(POD_PREPARED, UUID_A, "web");
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
                uid_t base = 1;

                link_identity(POD_PREPARED, UUID_A, table[i].text);
                assert_int_equal(pod_dir_open(scratch.fd, POD_PREPARED, UUID_A, &p), 0);
                int r = pod_dir_uid_base(&p, &base);
                if (r != table[i].r || (r < 0 && base != 1) || !streq_ptr(p.name, table[i].name) ||
                    (p.level[0] != '\0') != (r == 0))
                        fail_msg("'%s': %d, %s, %u, %s", table[i].text, r, p.name, base, p.level);
        }
}

static void test_identity_is_written_once(void **state) {
        char name[100];

        memset(name, 'x', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        assert_int_equal(pod_identity_write(scratch.fd, name, POD_UID_MIN, NULL), -ENAMETOOLONG);
        name[64] = '\0';
        assert_int_equal(pod_identity_write(scratch.fd, name, POD_UID_MAX, "s0:c510,c511"), 0);
        assert_int_equal(pod_identity_write(scratch.fd, "web", POD_UID_MIN, NULL), -EEXIST);

        PodIdentity identity;
        assert_int_equal(pod_identity_read(scratch.fd, "identity", &identity), 0);
        assert_string_equal(identity.name, name);
        assert_int_equal(identity.uid_base, POD_UID_MAX);
        assert_string_equal(identity.level, "s0:c510,c511");
        scratch_write("file", "web:524288");
        assert_int_equal(pod_identity_read(scratch.fd, "file", &identity), -EBADMSG);
}

static void test_open_app(void **state) {
        _cleanup_pod_dir_ PodDir p = create();

        _cleanup_close_ int first = pod_dir_open_app(&p, "web"), again = pod_dir_open_app(&p, "web");
        assert_return_code(first, -first);
        assert_true(fd_is_same_file(first, again));
        assert_int_equal(scratch_mode(pod_path(POD_PREPARING, p.uuid, "apps/web")), S_IFDIR | 0755);
        assert_return_code(symlinkat("web", p.fd, "apps/link"), errno);
        assert_int_equal(pod_dir_open_app(&p, "link"), -ENOTDIR);
}

/* A pod with a damaged range stands in nobody's way. */
static void test_damaged_range(void **state) {
        make_by_hand(POD_EXITED, UUID_A, "old");
        link_identity(POD_EXITED, UUID_A, "new:nonsense");
        _cleanup_pod_dir_ PodDir p = commit("new");
        (void) uid_base(&p);
}

static void test_read(void **state) {
        _cleanup_pod_dir_ PodDir p = create();
        _cleanup_free_ char *line = NULL, *bare = NULL, *none = NULL;
        char large[5000] = "";

        assert_int_equal(file_publish_at(p.fd, "line", "text\n", 5, 0644, false), 0);
        assert_int_equal(file_publish_at(p.fd, "bare", "text", 4, 0644, false), 0);
        assert_int_equal(file_publish_at(p.fd, "large", large, sizeof(large), 0644, false), 0);
        assert_int_equal(pod_dir_read(&p, "line", &line), 0);
        assert_string_equal(line, "text");
        assert_int_equal(pod_dir_read(&p, "bare", &bare), 0);
        assert_string_equal(bare, "text");
        assert_int_equal(pod_dir_read(&p, "none", &none), -ENOENT);
        assert_int_equal(pod_dir_read(&p, "large", &none), -EFBIG);
        assert_null(none);
}

static void test_done(void **state) {
        PodDir p = create();

        pod_dir_done(&p);
        assert_int_equal(p.fd, -EBADF);
        assert_null(p.name);
        pod_dir_done(&p);
}

/* How it ended */

static void round_trip(ExitRecord in, const char *description) {
        _cleanup_exit_record_ ExitRecord out = {};
        _cleanup_free_ char *text = NULL;

        assert_int_equal(exit_record_write(scratch.fd, &in), 0);
        assert_int_equal(scratch_mode("exit.json"), S_IFREG | 0644);
        assert_int_equal(exit_record_read(scratch.fd, &out), 0);
        assert_int_equal(out.when_usec, in.when_usec);
        assert_string_equal(out.result, in.result);
        assert_int_equal(out.code, in.code);
        assert_int_equal(out.signal, in.signal);
        assert_int_equal(out.core, in.core);
        assert_int_equal(out.oom, in.oom);
        assert_int_equal(exit_record_describe(&out, &text), 0);
        assert_string_equal(text, description);
}

static void test_exit_record(void **state) {
        ExitRecord none = {};

        assert_int_equal(exit_record_read(scratch.fd, &none), -ENOENT);
        round_trip((ExitRecord) { .when_usec = 1700000000123456, .result = (char *) "success" },
                   "exited (0)");
        round_trip((ExitRecord) { .when_usec = 1, .result = (char *) "exit-code", .code = 7 }, "exited (7)");
        round_trip((ExitRecord) { .when_usec = 1,
                                  .result = (char *) "signal",
                                  .code = 143,
                                  .signal = SIGTERM },
                   "killed (SIGTERM)");
        round_trip((ExitRecord) { .when_usec = 1,
                                  .result = (char *) "signal",
                                  .code = 128 + 40,
                                  .signal = 40 },
                   "killed (40)");
        round_trip((ExitRecord) { .when_usec = 1,
                                  .result = (char *) "exit-code",
                                  .code = 128 + SIGSEGV,
                                  .signal = SIGSEGV,
                                  .core = true },
                   "killed (SIGSEGV, core dumped)");
        round_trip((ExitRecord) { .when_usec = 1,
                                  .result = (char *) "oom-kill",
                                  .code = 137,
                                  .signal = SIGKILL,
                                  .oom = true },
                   "out of memory");
        round_trip((ExitRecord) { .when_usec = 1, .result = (char *) "odd \"\n\\ text", .code = 1 },
                   "exited (1)");
        assert_int_equal(scratch_count("."), _POD_PHASE_MAX + 1);
}

static void test_exit_record_damaged(void **state) {
        static const char *const damaged[] = {
                "",
                "{",
                "{}",
                "[]",
                "null",
                "{ \"when\": 1, \"result\": \"success\" }",
                "{ \"when\": 1, \"code\": 0 }",
                "{ \"result\": \"success\", \"code\": 0 }",
                "{ \"when\": -1, \"result\": \"success\", \"code\": 0 }",
                "{ \"when\": 1, \"result\": 5, \"code\": 0 }",
                "{ \"when\": 1, \"result\": \"success\", \"code\": \"0\" }",
                "{ \"when\": 1, \"result\": \"success\", \"code\": 0, \"code\": 1 }",
                "{ \"when\": 1, \"result\": \"success\", \"code\": 0 } x",
        };

        for (size_t i = 0; i < ELEMENTSOF(damaged); i++) {
                ExitRecord record = {};

                scratch_write("exit.json", damaged[i]);
                if (exit_record_read(scratch.fd, &record) != -EBADMSG)
                        fail_msg("'%s' is accepted", damaged[i]);
                assert_null(record.result);
        }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_create),
                TEST(test_uuid),
                TEST(test_commit),
                TEST(test_names),
                TEST(test_name_of_prepared),
                TEST(test_name_while_preparing),
                TEST(test_uid_ranges),
                TEST(test_uid_range_taken),
                TEST(test_level),
                TEST(test_race),
                TEST(test_many_at_once),
                TEST(test_commit_waits),
                TEST(test_phases),
                TEST(test_move_loses),
                TEST(test_remove),
                TEST(test_lock),
                TEST(test_asking_disturbs_nobody),
                TEST(test_asking_slowly),
                TEST(test_lock_is_inherited),
                TEST(test_phase_now),
                TEST(test_open),
                TEST(test_list),
                TEST(test_list_many),
                TEST(test_find_by_uuid),
                TEST(test_find_by_name),
                TEST(test_find_running),
                TEST(test_find_latest_dead),
                TEST(test_open_any),
                TEST(test_identity),
                TEST(test_identity_is_written_once),
                TEST(test_open_app),
                TEST(test_damaged_range),
                TEST(test_read),
                TEST(test_done),
                TEST(test_exit_record),
                TEST(test_exit_record_damaged),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
