/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of store/part.h.
 * Never: touches a store but its own below the scratch directory.
 * Follows: docs/ARCHITECTURE.md, "The quarantine". */

#include "scratch.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "store/part.h"

#define FILE_A "store/incoming/a.part"
#define VALIDATOR "user.gantry.validator"

static Store *store;

static int setup(void **state) {
        return scratch_setup(state) < 0 || store_open(scratch_path("store"), STORE_CREATE, &store) < 0 ? -1
                                                                                                       : 0;
}

static int teardown(void **state) {
        store = store_close(store);
        return scratch_teardown(state);
}

static void must_open(Part *p) {
        assert_return_code(part_open(store, "a", p), 0);
}

static void append(Part *p, const char *text) {
        assert_return_code(part_append(p, text, strlen(text)), 0);
}

/* Not every file system keeps them for us. */
static void need_xattrs(void) {
        if (fsetxattr(scratch.fd, "user.gantry.test", "x", 1, 0) < 0) {
                print_message("no user xattrs below %s: %s\n", scratch.path, strerror(errno));
                skip();
        }
}

static void test_new(void **state) {
        _cleanup_part_ Part p = PART_NULL;

        must_open(&p);
        assert_int_equal(p.size, 0);
        assert_null(p.validator);
        assert_true(fcntl(p.fd, F_GETFD) & FD_CLOEXEC);
        assert_int_equal(scratch_mode(FILE_A), S_IFREG | 0600);
        append(&p, "abc");
        append(&p, "");
        append(&p, "def");
        assert_int_equal(p.size, 6);
        scratch_expect(FILE_A, "abcdef");
        assert_true(part_is_name("a.part"));
        assert_false(part_is_name("a.part.x"));
}

static void test_reopen(void **state) {
        need_xattrs();
        for (size_t i = 0; i < 3; i++) {
                _cleanup_part_ Part p = PART_NULL;

                must_open(&p);
                assert_int_equal(p.size, i * 3);
                assert_true(streq_ptr(p.validator, i == 0 ? NULL : "\"v\""));
                if (i == 0)
                        assert_return_code(part_begin(&p, 0, "\"v\""), 0);
                append(&p, "abc");
        }
        scratch_expect(FILE_A, "abcabcabc");
}

static void test_begin(void **state) {
        _cleanup_part_ Part p = PART_NULL;

        must_open(&p);
        append(&p, "abcdef");
        assert_int_equal(part_begin(&p, 7, "\"v\""), -EINVAL);
        assert_null(p.validator);
        assert_int_equal(p.size, 6);

        assert_return_code(part_begin(&p, 6, "\"v\""), 0);
        assert_string_equal(p.validator, "\"v\"");
        scratch_expect(FILE_A, "abcdef");
        assert_return_code(part_begin(&p, 2, "\"w\""), 0);
        assert_string_equal(p.validator, "\"w\"");
        append(&p, "X");
        scratch_expect(FILE_A, "abX");
        assert_return_code(part_begin(&p, 0, NULL), 0);
        assert_null(p.validator);
        assert_int_equal(p.size, 0);
        scratch_expect(FILE_A, "");
        assert_int_equal(fgetxattr(p.fd, VALIDATOR, NULL, 0), -1);
}

/* What a server calls its versions is handed on to servers later. */
static void test_validators(void **state) {
        static const char *const refused[] = { "\"a\r\nAuthorization: Basic eA==\"", "\"a\n\"", "\x7f",
                                               "\"\xc3\xbc\"" };
        char longest[258];

        for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
                _cleanup_part_ Part p = PART_NULL;

                must_open(&p);
                assert_return_code(part_begin(&p, 0, refused[i]), 0);
                assert_null(p.validator);
                assert_int_equal(fgetxattr(p.fd, VALIDATOR, NULL, 0), -1);
        }

        need_xattrs();
        memset(longest, 'x', sizeof(longest));
        longest[257] = '\0';
        for (size_t i = 0; i < 4; i++) {
                _cleanup_part_ Part p = PART_NULL;

                must_open(&p);
                assert_true(streq_ptr(p.validator, i == 2 ? longest + 1 : NULL));
                assert_return_code(part_begin(&p, 0, longest + i % 2), 0);
        }
}

/* Others may have written there, or another version of us. */
static void test_strange_validators(void **state) {
        static const char nul[] = "\"a\0b\"";

        need_xattrs();
        scratch_write(FILE_A, "abc");
        const char *path = scratch_path(FILE_A);
        assert_return_code(setxattr(path, VALIDATOR, nul, sizeof(nul) - 1, 0), errno);
        {
                _cleanup_part_ Part p = PART_NULL;
                must_open(&p);
                assert_null(p.validator);
                assert_int_equal(p.size, 3);
        }
        assert_return_code(setxattr(path, VALIDATOR, "\"a\r\nb\"", 6, 0), errno);
        _cleanup_part_ Part p = PART_NULL;
        must_open(&p);
        assert_null(p.validator);
}

static void test_lock(void **state) {
        Part other = { .fd = 12345 };
        _cleanup_part_ Part b = PART_NULL;

        {
                _cleanup_part_ Part p = PART_NULL;

                must_open(&p);
                assert_int_equal(part_open(store, "a", &other), -EAGAIN);
                assert_int_equal(other.fd, 12345);
                assert_return_code(part_open(store, "b", &b), 0);
        }
        must_open(&other);
        part_done(&other);
        part_done(&other);
}

static void test_remove(void **state) {
        _cleanup_part_ Part p = PART_NULL, again = PART_NULL;

        must_open(&p);
        append(&p, "abc");
        assert_return_code(part_remove(&p), 0);
        assert_return_code(part_remove(&p), 0);
        assert_false(scratch_exists(FILE_A));
        must_open(&again);
        assert_int_equal(again.size, 0);
}

static void test_move(void **state) {
        _cleanup_part_ Part p = PART_NULL, again = PART_NULL;

        must_open(&p);
        append(&p, "abc");
        assert_return_code(part_begin(&p, 3, "\"v\""), 0);
        scratch_write("there", "stays");
        assert_int_equal(part_move(&p, scratch.fd, "there"), -EEXIST);
        scratch_expect("there", "stays");
        scratch_expect(FILE_A, "abc");

        assert_return_code(part_move(&p, scratch.fd, "here"), 0);
        scratch_expect("here", "abc");
        assert_int_equal(scratch_mode("here"), S_IFREG | 0644);
        assert_int_equal(getxattr(scratch_path("here"), VALIDATOR, NULL, 0), -1);
        assert_false(scratch_exists(FILE_A));
        must_open(&again); /* the lock on what was moved is on another file */
        assert_int_equal(again.size, 0);
}

static void test_link_in_the_way(void **state) {
        Part p;

        scratch_write("outside", "stays");
        assert_return_code(symlinkat("../../outside", scratch.fd, FILE_A), errno);
        assert_int_equal(part_open(store, "a", &p), -ELOOP);
        scratch_expect("outside", "stays");
}

/* What would be written to is somebody else's, or goes nowhere. */
static void test_something_in_the_way(void **state) {
        Part p;

        scratch_write("outside", "stays");
        assert_return_code(linkat(scratch.fd, "outside", scratch.fd, FILE_A, 0), errno);
        assert_int_equal(part_open(store, "a", &p), -EUCLEAN);
        scratch_expect("outside", "stays");
        assert_return_code(unlinkat(scratch.fd, FILE_A, 0), errno);
        assert_return_code(mkfifoat(scratch.fd, FILE_A, 0600), errno);
        assert_int_equal(part_open(store, "a", &p), -EUCLEAN);
}

/* -- two at a time ---------------------------------------------------------------------------------------- */

/* Makes, locks, and at once unlinks or moves what is there, until it is killed: whoever opened it just before finds
 * the lock free and the file gone. */
static void take_away(bool move) {
        for (;;) {
                Part p;

                if (part_open(store, "a", &p) < 0)
                        continue;
                if (move)
                        (void) renameat(scratch.fd, FILE_A, scratch.fd, "moved");
                else
                        (void) part_remove(&p);
                part_done(&p);
        }
}

static void survives_taking_away(bool move) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                take_away(move);
        }
        for (size_t got = 0; got < 20000;) {
                _cleanup_part_ Part p = PART_NULL;
                struct stat here, there;

                int r = part_open(store, "a", &p);
                if (r == -EAGAIN)
                        continue;
                assert_return_code(r, -r);
                assert_return_code(fstat(p.fd, &here), errno);
                assert_return_code(fstatat(scratch.fd, FILE_A, &there, AT_SYMLINK_NOFOLLOW), errno);
                assert_int_equal(here.st_ino, there.st_ino);
                got++;
        }

        assert_return_code(kill(pid, SIGKILL), errno);
        assert_return_code(waitpid(pid, NULL, 0), errno);
}

static void test_unlinked_meanwhile(void **state) {
        survives_taking_away(false);
}

static void test_moved_meanwhile(void **state) {
        survives_taking_away(true);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_new, setup, teardown),
                cmocka_unit_test_setup_teardown(test_reopen, setup, teardown),
                cmocka_unit_test_setup_teardown(test_begin, setup, teardown),
                cmocka_unit_test_setup_teardown(test_validators, setup, teardown),
                cmocka_unit_test_setup_teardown(test_strange_validators, setup, teardown),
                cmocka_unit_test_setup_teardown(test_lock, setup, teardown),
                cmocka_unit_test_setup_teardown(test_remove, setup, teardown),
                cmocka_unit_test_setup_teardown(test_move, setup, teardown),
                cmocka_unit_test_setup_teardown(test_link_in_the_way, setup, teardown),
                cmocka_unit_test_setup_teardown(test_something_in_the_way, setup, teardown),
                cmocka_unit_test_setup_teardown(test_unlinked_meanwhile, setup, teardown),
                cmocka_unit_test_setup_teardown(test_moved_meanwhile, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
