/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of gc/victims.
 * Never: removes anything but below the scratch directory.
 * Follows: gc/victims.h. */

#include "scratch.h"

#include <sys/file.h>

#include "basic/fd.h"
#include "gc/victims.h"

static void test_hide_and_delete(void **state) {
        _cleanup_victims_ Victims v = { .root_fd = scratch.fd };

        scratch_mkdir("layers");
        scratch_mkdir("images");
        scratch_mkdir("images/a");
        scratch_write("images/a/manifest", "x");
        scratch_write("layers/b", "x");
        scratch_write("c", "x");
        scratch_write("layers/.#d", "x");
        assert_return_code(symlinkat("b", scratch.fd, "layers/e"), errno);

        assert_int_equal(victims_hide(&v, "images/a", false), 1);
        assert_int_equal(victims_hide(&v, "layers/b", false), 1);
        assert_int_equal(victims_hide(&v, "c", false), 1);
        assert_int_equal(victims_hide(&v, "layers/.#d", true), 1);
        assert_int_equal(victims_hide(&v, "layers/e", true), 1);
        assert_int_equal(victims_hide(&v, "layers/missing", true), 0);
        assert_int_equal(victims_hide(&v, "missing/file", true), 0);

        /* Out of sight; a directory is still there. */
        assert_false(scratch_exists("images/a") || scratch_exists("layers/b") || scratch_exists("c"));
        assert_int_equal(scratch_count("images"), 1);
        assert_int_equal(scratch_count("layers"), 0);

        assert_int_equal(victims_delete(&v), 0);
        assert_int_equal(scratch_count("images"), 0);
        assert_int_equal(scratch_count("layers"), 0);
        assert_int_equal(scratch_count("."), 2);
}

/* The room is given back when it is deleted, and not before. */
static void test_file_lives_on(void **state) {
        _cleanup_victims_ Victims v = { .root_fd = scratch.fd };
        struct stat st;

        scratch_write("file", "x");
        _cleanup_close_ int fd = openat(scratch.fd, "file", O_RDONLY | O_CLOEXEC);
        assert_int_equal(victims_hide(&v, "file", false), 1);
        assert_return_code(fstat(v.items[0].fd, &st), errno);
        assert_int_equal(st.st_nlink, 0);
        assert_int_equal(victims_delete(&v), 0);
        assert_int_equal(v.items[0].fd, -EBADF);
}

static void test_locked(void **state) {
        _cleanup_victims_ Victims v = { .root_fd = scratch.fd };

        scratch_write("part", "x");
        _cleanup_close_ int fd = openat(scratch.fd, "part", O_RDONLY | O_CLOEXEC);
        assert_return_code(flock(fd, LOCK_EX), errno);
        assert_int_equal(victims_hide(&v, "part", true), 0);
        assert_true(scratch_exists("part"));
        assert_int_equal(victims_hide(&v, "part", false), 1);
        assert_int_equal(victims_delete(&v), 0);
        assert_false(scratch_exists("part"));
}

/* A directory stays locked until it is gone, so that nobody else deletes it as well. */
static void test_keeps_lock(void **state) {
        _cleanup_victims_ Victims v = { .root_fd = scratch.fd }, other = { .root_fd = scratch.fd };

        scratch_mkdir(".#dir");
        assert_int_equal(victims_hide(&v, ".#dir", true), 1);
        assert_int_equal(victims_hide(&other, ".#dir", true), 0);
        assert_int_equal(victims_delete(&v), 0);
        assert_false(scratch_exists(".#dir"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_hide_and_delete, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_file_lives_on, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_locked, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_keeps_lock, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
