/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/target.
 * Never: makes anything but in its scratch directory.
 * Follows: basic/target.h. */

#include "scratch.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/target.h"

static int root;

static int setup(void **state) {
        if (scratch_setup(state) < 0)
                return -1;
        scratch_mkdir("root");
        root = openat(scratch.fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        return root < 0 ? -1 : 0;
}

static int teardown(void **state) {
        fd_close(root);
        return scratch_teardown(state);
}

static void leads(const char *path, mode_t kind, const char *expected) {
        _cleanup_free_ char *resolved = NULL;

        assert_int_equal(target_resolve(root, path, kind, &resolved), 0);
        assert_string_equal(resolved, expected);
        _cleanup_close_ int fd = target_open(root, resolved, O_PATH);
        assert_return_code(fd, -fd);
}

static void refused(const char *path, mode_t kind, int expected) {
        char *resolved = NULL;
        assert_int_equal(target_resolve(root, path, kind, &resolved), expected);
}

static void link_at(const char *target, const char *name) {
        assert_return_code(symlinkat(target, root, name), errno);
}

static void is_made(void **state) {
        leads("/a/b c/d:e\\f", S_IFDIR, "/a/b c/d:e\\f");
        assert_int_equal(scratch_mode("root/a/b c"), S_IFDIR | 0755);
        leads("/a/file", S_IFREG, "/a/file");
        assert_int_equal(scratch_mode("root/a/file"), S_IFREG | 0644);
        leads("//a/./file/", S_IFREG, "/a/file");
        leads("/a/x/../file", S_IFREG, "/a/file");
        leads("/", S_IFDIR, "/");
        leads("/..", S_IFDIR, "/");
        leads("/../../a", S_IFDIR, "/a");
        leads("", S_IFDIR, "/");
}

static void links_stay_inside(void **state) {
        link_at("../../etc", "data");
        link_at("/other/place", "absolute");
        link_at("data/more", "more");
        link_at("../../../../../../../../../../etc", "up");
        leads("/data", S_IFDIR, "/etc");
        leads("/absolute/below", S_IFDIR, "/other/place/below");
        leads("/more/x", S_IFREG, "/etc/more/x");
        leads("/up/hostname", S_IFREG, "/etc/hostname");
        assert_false(scratch_exists("etc"));
        assert_int_equal(scratch_count("."), 1);
}

static void dangling_links(void **state) {
        scratch_mkdir("root/etc");
        link_at("../run/systemd/resolve/stub-resolv.conf", "etc/resolv.conf");
        leads("/etc/resolv.conf", S_IFREG, "/run/systemd/resolve/stub-resolv.conf");
        assert_int_equal(scratch_mode("root/run/systemd/resolve/stub-resolv.conf"), S_IFREG | 0644);
}

static void loops(void **state) {
        link_at("b", "a");
        link_at("a", "b");
        link_at("self", "self");
        refused("/a", S_IFDIR, -ELOOP);
        refused("/self/x", S_IFDIR, -ELOOP);
        link_at("double/x/..", "grow");
        link_at("grow/x/..", "double");
        refused("/grow", S_IFDIR, -ELOOP);
}

static void other_kind(void **state) {
        scratch_write("root/file", "x");
        scratch_mkdir("root/directory");
        refused("/file", S_IFDIR, -ENOTDIR);
        refused("/file/below", S_IFREG, -ENOTDIR);
        refused("/directory", S_IFREG, -EISDIR);
        scratch_expect("root/file", "x");
}

static void names_are_bounded(void **state) {
        char name[300];

        memset(name, 'x', sizeof(name));
        name[0] = '/';
        name[sizeof(name) - 1] = '\0';
        refused(name, S_IFDIR, -ENAMETOOLONG);
}

static void below(void **state) {
        assert_true(target_is_below("/proc", "/proc"));
        assert_true(target_is_below("/proc/sys", "/proc"));
        assert_true(target_is_below("/proc", "/"));
        assert_true(target_is_below("/", "/"));
        assert_false(target_is_below("/process", "/proc"));
        assert_false(target_is_below("/", "/proc"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(is_made),    TEST(links_stay_inside), TEST(dangling_links),    TEST(loops),
                TEST(other_kind), TEST(names_are_bounded), cmocka_unit_test(below),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
