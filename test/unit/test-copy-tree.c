/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/copy-tree.
 * Never: changes anything but its scratch directory.
 * Follows: basic/copy-tree.h. */

#include "scratch.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "basic/copy-tree.h"
#include "basic/fd.h"

static const CopyOptions plain = {};

static int copy_with(const char *from, const char *to, const CopyOptions *o) {
        return copy_tree(scratch.fd, from, scratch.fd, to, o);
}

static int copy(const char *from, const char *to) {
        return copy_with(from, to, &plain);
}

static struct stat stat_of(const char *name) {
        struct stat st;
        assert_return_code(fstatat(scratch.fd, name, &st, AT_SYMLINK_NOFOLLOW), errno);
        return st;
}

static void set_time(const char *name, time_t t) {
        struct timespec times[2] = { { t, 1 }, { t, 123456789 } };
        assert_return_code(utimensat(scratch.fd, name, times, AT_SYMLINK_NOFOLLOW), errno);
}

static void whole_tree(void **state) {
        char target[32] = "";

        scratch_mkdir("a");
        scratch_mkdir("a/deep");
        scratch_write("a/deep/file", "text");
        assert_return_code(symlinkat("../../../etc", scratch.fd, "a/link"), errno);
        assert_return_code(fchmodat(scratch.fd, "a/deep/file", 0640, 0), errno);
        assert_return_code(fchmodat(scratch.fd, "a/deep", 0711, 0), errno);
        set_time("a/deep/file", 1000000);
        set_time("a/link", 2000000);
        set_time("a/deep", -3000000);

        assert_int_equal(copy("a", "b"), 0);
        scratch_expect("b/deep/file", "text");
        assert_int_equal(scratch_mode("b/deep/file"), S_IFREG | 0640);
        assert_int_equal(scratch_mode("b/deep"), S_IFDIR | 0711);
        assert_int_equal(stat_of("b/deep/file").st_mtim.tv_sec, 1000000);
        assert_int_equal(stat_of("b/deep/file").st_mtim.tv_nsec, 123456789);
        assert_int_equal(stat_of("b/link").st_mtim.tv_sec, 2000000);
        assert_int_equal(stat_of("b/deep").st_mtim.tv_sec, -3000000);
        assert_int_equal(readlinkat(scratch.fd, "b/link", target, sizeof(target)), 12);
        assert_string_equal(target, "../../../etc");
        assert_int_equal(scratch_count("b"), 2);
}

static void what_is_there(void **state) {
        scratch_mkdir("a");
        scratch_write("a/file", "new");
        scratch_write("a/other", "other");
        scratch_mkdir("b");
        assert_return_code(fchmodat(scratch.fd, "b", 0700, 0), errno);
        scratch_write("victim", "victim");
        assert_return_code(symlinkat("../victim", scratch.fd, "b/file"), errno);
        scratch_write("b/kept", "kept");

        assert_int_equal(copy("a", "b"), 0);
        scratch_expect("victim", "victim");
        scratch_expect("b/file", "new");
        assert_int_equal(scratch_mode("b/file"), S_IFREG | 0644);
        scratch_expect("b/kept", "kept");
        assert_int_equal(scratch_mode("b"), S_IFDIR | 0700);
        assert_int_equal(scratch_count("b"), 3);

        /* Neither kind takes the place of the other. */
        assert_int_equal(copy("victim", "b"), -EISDIR);
        assert_int_equal(copy("a", "victim"), -ENOTDIR);
        assert_return_code(symlinkat("b", scratch.fd, "link"), errno);
        assert_int_equal(copy("a", "link"), -ENOTDIR);
        assert_int_equal(copy("nothing", "c"), -ENOENT);
        assert_int_equal(scratch_count("."), 4);
}

static void contents_only(void **state) {
        scratch_mkdir("a");
        scratch_write("a/one", "1");
        assert_return_code(linkat(scratch.fd, "a/one", scratch.fd, "a/two", 0), errno);
        scratch_mkdir("b");
        int from = openat(scratch.fd, "a", O_PATH | O_CLOEXEC),
            to = openat(scratch.fd, "b", O_PATH | O_CLOEXEC);
        assert_int_equal(copy_tree(from, ".", to, ".", &plain), 0);
        scratch_expect("b/one", "1");
        assert_int_equal(stat_of("b/one").st_ino, stat_of("b/two").st_ino);
        fd_close(from);
        fd_close(to);
}

static void hard_links(void **state) {
        scratch_mkdir("a");
        scratch_mkdir("a/x");
        scratch_mkdir("a/x/y");
        scratch_write("a/x/y/first", "same");
        assert_return_code(linkat(scratch.fd, "a/x/y/first", scratch.fd, "a/second", 0), errno);
        assert_return_code(linkat(scratch.fd, "a/x/y/first", scratch.fd, "outside", 0), errno);
        for (unsigned i = 0; i < 2; i++) { /* over itself, too */
                assert_int_equal(copy("a", "b"), 0);
                assert_int_equal(stat_of("b/second").st_ino, stat_of("b/x/y/first").st_ino);
                assert_int_equal(stat_of("b/second").st_nlink, 2);
                scratch_expect("b/second", "same");
                assert_int_equal(scratch_count("b"), 2);
                assert_int_equal(scratch_count("b/x/y"), 1);
        }
}

static void special_files(void **state) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t skipped = 0;

        scratch_mkdir("a");
        assert_return_code(mkfifoat(scratch.fd, "a/fifo", 0600), errno);
        assert_return_code(mknodat(scratch.fd, "a/node", S_IFCHR | 0600, makedev(1, 3)), errno);
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", scratch_path("a/socket"));
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_return_code(bind(fd, (struct sockaddr *) &address, sizeof(address)), errno);

        assert_int_equal(copy_with("a", "b", &(CopyOptions) { .ret_skipped = &skipped }), 0);
        assert_int_equal(skipped, 3);
        assert_int_equal(scratch_count("b"), 0);
        assert_int_equal(copy_with("a", "b", &(CopyOptions) { .keep_fifos = true, .ret_skipped = &skipped }),
                         0);
        assert_int_equal(skipped, 2);
        assert_int_equal(scratch_mode("b/fifo"), S_IFIFO | 0600);
}

static void owners(void **state) {
        CopyOptions o = { .keep_owner = true, .from_base = 524288, .to_base = 0 };

        if (geteuid() != 0)
                skip();
        scratch_write("a", "x");
        assert_return_code(fchownat(scratch.fd, "a", 524288 + 1000, 524288, 0), errno);
        assert_return_code(fchmodat(scratch.fd, "a", 06755, 0), errno);

        assert_int_equal(copy("a", "mine"), 0);
        assert_int_equal(stat_of("mine").st_uid, 0);
        assert_int_equal(scratch_mode("mine"), S_IFREG | 0755);

        assert_int_equal(copy_with("a", "b", &o), 0);
        assert_int_equal(stat_of("b").st_uid, 1000);
        assert_int_equal(stat_of("b").st_gid, 0);
        assert_int_equal(scratch_mode("b"), S_IFREG | 0755);

        o.keep_set_id = true;
        assert_int_equal(copy_with("a", "c", &o), 0);
        assert_int_equal(scratch_mode("c"), S_IFREG | 06755);

        /* Who is nobody there is nobody here. */
        o.from_base = 65536;
        assert_int_equal(copy_with("a", "d", &o), 0);
        assert_int_equal(stat_of("d").st_uid, 65534);

        o.from_base = 524288;
        o.to_base = 655360;
        assert_int_equal(copy_with("a", "e", &o), 0);
        assert_int_equal(stat_of("e").st_uid, 656360);
}

static void attributes(void **state) {
        char value[16];

        scratch_write("a", "x");
        if (setxattr(scratch_path("a"), "user.note", "text", 4, 0) < 0)
                skip();
        (void) setxattr(scratch_path("a"), "trusted.note", "text", 4, 0);
        assert_int_equal(copy("a", "b"), 0);
        assert_int_equal(getxattr(scratch_path("b"), "user.note", value, sizeof(value)), 4);
        assert_true(getxattr(scratch_path("b"), "trusted.note", value, sizeof(value)) < 0);
}

static void holes(void **state) {
        static const char block[4096] = { 1 };
        char byte = 1;

        int fd = openat(scratch.fd, "a", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        assert_int_equal(pwrite(fd, block, sizeof(block), 1 << 20), sizeof(block));
        assert_return_code(ftruncate(fd, 64 << 20), errno);
        fd_close(fd);
        assert_int_equal(copy("a", "b"), 0);
        assert_int_equal(stat_of("b").st_size, 64 << 20);
        assert_true(stat_of("b").st_blocks <= stat_of("a").st_blocks + 16);
        fd = openat(scratch.fd, "b", O_RDONLY | O_CLOEXEC);
        assert_int_equal(pread(fd, &byte, 1, 1 << 20), 1);
        assert_int_equal(byte, 1);
        assert_int_equal(pread(fd, &byte, 1, 2 << 20), 1);
        assert_int_equal(byte, 0);
        fd_close(fd);
}

static void too_deep(void **state) {
        int fd = dup(scratch.fd), next;

        for (unsigned i = 0; i < COPY_DEPTH_MAX + 1; i++) {
                assert_return_code(mkdirat(fd, "d", 0755), errno);
                next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                assert_return_code(next, errno);
                fd_close(fd);
                fd = next;
        }
        fd_close(fd);
        assert_int_equal(copy("d", "e"), -ELOOP);
        assert_int_equal(remove_tree_at(scratch.fd, "d"), 0);
        assert_int_equal(remove_tree_at(scratch.fd, "e"), 0);
}

static void no_pseudo_files(void **state) {
        int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

        assert_int_equal(copy_tree(proc, ".", scratch.fd, "a", &plain), 0);
        assert_int_equal(scratch_count("a"), 0);
        fd_close(proc);
}

/* Somebody swaps a directory for a link out of the tree all the time. */
static void swapped(void **state) {
        scratch_mkdir("out");
        scratch_write("out/secret", "secret");
        scratch_mkdir("a");
        scratch_mkdir("a/dir");
        scratch_write("a/dir/file", "file");
        assert_return_code(symlinkat("../out", scratch.fd, "link"), errno);

        pid_t pid = fork();
        assert_return_code(pid, errno);
        if (pid == 0)
                for (;;)
                        (void) renameat2(scratch.fd, "a/dir", scratch.fd, "link", RENAME_EXCHANGE);

        for (unsigned i = 0; i < 2000; i++) {
                int r = copy("a", "b");

                assert_true(r == 0 || r == -ENOTDIR || r == -EEXIST || r == -EISDIR);
                assert_false(scratch_exists("b/dir/secret") && S_ISDIR(scratch_mode("b/dir")));
                assert_int_equal(remove_tree_at(scratch.fd, "b"), 0);
        }
        assert_return_code(kill(pid, SIGKILL), errno);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_int_equal(scratch_count("out"), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(whole_tree),    TEST(what_is_there),   TEST(contents_only), TEST(hard_links),
                TEST(special_files), TEST(owners),          TEST(attributes),    TEST(holes),
                TEST(too_deep),      TEST(no_pseudo_files), TEST(swapped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
