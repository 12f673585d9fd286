/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/memory-tree.
 * Never: mounts anything anywhere: the trees stay detached.
 * Follows: basic/memory-tree.h; statvfs(3). */

#include "scratch.h"

#include <sys/statvfs.h>

#include "basic/fd.h"
#include "basic/memory-tree.h"
#include "basic/str.h"

#define ALL (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_RDONLY)

static void need_root(void) {
        if (geteuid() != 0) {
                print_message("# skipped: not run as root\n");
                skip();
        }
}

static void expect_tree(const char *options, unsigned long flags, mode_t mode) {
        _cleanup_free_ char *why = NULL;
        struct statvfs fs;
        struct stat st;

        _cleanup_close_ int fd = memory_tree(1234, /* label= */ NULL, options, &why);
        if (fd < 0)
                fail_msg("%s: %s", options, why ? why : strerror(-fd));
        assert_return_code(fstatvfs(fd, &fs), errno);
        assert_return_code(fstat(fd, &st), errno);
        assert_int_equal(fs.f_flag & ALL, flags);
        assert_int_equal(st.st_mode, S_IFDIR | mode);
        assert_int_equal(st.st_uid, 1234);
        assert_int_equal(st.st_gid, 1234);
}

static void test_attributes(void **state) {
        const unsigned long always = ST_NOSUID | ST_NODEV;

        need_root();
        expect_tree(NULL, always | ST_NOEXEC, 01777);
        expect_tree("", always | ST_NOEXEC, 01777);
        expect_tree("exec", always, 01777);
        expect_tree("exec,noexec", always | ST_NOEXEC, 01777);
        expect_tree("ro", always | ST_NOEXEC | ST_RDONLY, 01777);
        expect_tree("ro,rw,nosuid,nodev", always | ST_NOEXEC, 01777);
        expect_tree("mode=0700,exec", always, 0700);
}

static void test_size(void **state) {
        struct statvfs fs;

        need_root();
        _cleanup_close_ int fd = memory_tree(0, NULL, "size=64k,nr_inodes=7", NULL);
        assert_return_code(fd, errno);
        assert_return_code(fstatvfs(fd, &fs), errno);
        assert_int_equal(fs.f_blocks * fs.f_frsize, 65536);
        assert_int_equal(fs.f_files, 7);

        _cleanup_close_ int file = openat(fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_return_code(file, errno);
        assert_int_equal(fallocate(file, 0, 0, 65537), -1);
        assert_int_equal(errno, ENOSPC);
}

static void expect_refused(const char *options, const char *what) {
        _cleanup_free_ char *why = NULL;

        _cleanup_close_ int fd = memory_tree(0, NULL, options, &why);
        if (fd >= 0 || !why || !strstr(why, what))
                fail_msg("'%s': %d, %s", options, fd, why ? why : "no reason");
}

/* Neither what would give it devices or set-user-ID programs, nor what nobody knows. */
static void test_refused(void **state) {
        need_root();
        expect_refused("dev", "'dev'");
        expect_refused("suid", "'suid'");
        expect_refused("size", "'size'");
        expect_refused("size=", "'size='");
        expect_refused("size=much", "size=much");
        expect_refused("exec,color=red", "color=red");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_attributes),
                cmocka_unit_test(test_size),
                cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
