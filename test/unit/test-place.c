/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of what guest/place says of where something may be mounted.
 * Never: mounts anything.
 * Follows: guest/place.h. */

#include "scratch.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "guest/place.h"

static Place new_place(void) {
        int fd = fcntl(scratch.fd, F_DUPFD_CLOEXEC, 3);

        assert_return_code(fd, errno);
        return (Place) { .view_fd = fd };
}

static void expect_target(Place *p, const char *path, mode_t kind, const char *wanted) {
        _cleanup_free_ char *target = NULL;

        assert_int_equal(place_find_target(p, path, kind, &target), 0);
        assert_string_equal(target, wanted);
}

static void expect_none(Place *p, const char *path, int error) {
        char *target = NULL;

        int r = place_find_target(p, path, S_IFDIR, &target);
        if (r != error)
                fail_msg("'%s': %d instead of %d", path, r, error);
        assert_null(target);
}

static void test_found(void **state) {
        _cleanup_(place_done) Place p = new_place();
        struct stat st;

        scratch_mkdir("srv");
        assert_return_code(symlinkat("/srv", scratch.fd, "link"), errno);
        assert_return_code(symlinkat("../../../etc", scratch.fd, "outside"), errno);

        expect_target(&p, "/srv/data", S_IFDIR, "/srv/data"); /* which was not there */
        assert_return_code(fstatat(scratch.fd, "srv/data", &st, AT_SYMLINK_NOFOLLOW), errno);
        assert_true(S_ISDIR(st.st_mode));
        expect_target(&p, "/srv/file", S_IFREG, "/srv/file");
        assert_return_code(fstatat(scratch.fd, "srv/file", &st, AT_SYMLINK_NOFOLLOW), errno);
        assert_true(S_ISREG(st.st_mode));
        expect_target(&p, "/link/more", S_IFDIR, "/srv/more");
        expect_target(&p, "/outside", S_IFDIR, "/etc"); /* of the root */
        assert_return_code(fstatat(scratch.fd, "etc", &st, AT_SYMLINK_NOFOLLOW), errno);
}

static void test_reserved(void **state) {
        static const char *const reserved[] = {
                "/",           "/dev",         "/dev/pts",       "/dev/mqueue",
                "/run",        "/proc",        "/proc/sys",      "/sys",
                "/sys/fs",     "/run/gantry",  "/run/gantry/x",  "/run/systemd/journal",
                "/run/host",   "/run/host/os", "/run/./gantry/", "/srv/../proc",
                "/to-run/host"
        };
        _cleanup_(place_done) Place p = new_place();

        scratch_mkdir("srv");
        assert_return_code(symlinkat("run", scratch.fd, "to-run"), errno);
        for (size_t i = 0; i < ELEMENTSOF(reserved); i++)
                expect_none(&p, reserved[i], -EACCES);

        /* What only sounds like it. */
        expect_target(&p, "/run/gantry-like", S_IFDIR, "/run/gantry-like");
        expect_target(&p, "/dev/shm", S_IFDIR, "/dev/shm");
        expect_target(&p, "/process", S_IFDIR, "/process");
}

static void test_taken(void **state) {
        _cleanup_(place_done) Place p = new_place();

        assert_return_code(symlinkat("a", scratch.fd, "same"), errno);
        expect_target(&p, "/a/b", S_IFDIR, "/a/b");
        expect_none(&p, "/a/b", -EBUSY);
        expect_none(&p, "/same/b", -EBUSY);
        expect_none(&p, "/a", -ENOTEMPTY); /* it would hide the other one */
        expect_none(&p, "/same", -ENOTEMPTY);
        expect_target(&p, "/a/b/c", S_IFDIR, "/a/b/c"); /* on what is mounted there by then */
        expect_target(&p, "/a/bc", S_IFDIR, "/a/bc");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_found),
                TEST(test_reserved),
                TEST(test_taken),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
