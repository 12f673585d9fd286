/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/fd and basic/blob.
 * Never: leaves its scratch directory.
 * Follows: basic/fd.h. */

#include "scratch.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "basic/fd.h"
#include "basic/str.h"

static bool is_open(int fd) {
        return fcntl(fd, F_GETFD) >= 0;
}

static void test_close(void **state) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        errno = ENOTTY;
        assert_int_equal(fd_close(fd), -EBADF);
        assert_int_equal(errno, ENOTTY);
        assert_int_equal(fd_close(-EBADF), -EBADF);
        assert_int_equal(errno, ENOTTY);
        assert_false(is_open(fd));

        errno = ENOTTY;
        assert_int_equal(fd_close(fd), -EBADF); /* even if close(2) fails */
        assert_int_equal(errno, ENOTTY);
}

static int take(int *ret_number) {
        _cleanup_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        *ret_number = fd;
        return TAKE_FD(fd);
}

static void test_cleanup_and_take(void **state) {
        int number;

        int fd = take(&number);
        assert_int_equal(fd, number);
        assert_true(is_open(fd));
        {
                _cleanup_close_ int again = fd;
                assert_int_equal(again, number);
        }
        assert_false(is_open(fd));
        {
                _cleanup_close_ int none = -EBADF;
                _cleanup_closedir_ DIR *directory = opendir("/");
                _cleanup_fclose_ FILE *file = fopen("/dev/null", "re");

                assert_true(none < 0 && directory && file);
                fd = dirfd(directory);
                number = fileno(file);
        }
        assert_false(is_open(fd));
        assert_false(is_open(number));

        Blob b = { .data = strdup("abc"), .size = 3 };
        Blob taken = TAKE_BLOB(b);
        assert_null(b.data);
        assert_int_equal(b.size, 0);
        assert_int_equal(taken.size, 3);
        blob_done(&taken);
        assert_null(taken.data);
        assert_int_equal(taken.size, 0);
        blob_done(&taken);
}

static void make_pipe(int *ret_read, int *ret_write) {
        int fds[2];

        assert_return_code(pipe2(fds, O_CLOEXEC), errno);
        *ret_read = fds[0];
        *ret_write = fds[1];
}

static void test_read_full(void **state) {
        _cleanup_close_ int in = -EBADF, out = -EBADF;
        char buffer[16] = "";

        make_pipe(&in, &out);
        pid_t pid = fork();
        if (pid == 0) {
                /* In two pieces, the second one late. */
                (void) !write(out, "abc", 3);
                usleep(50000);
                (void) !write(out, "defg", 4);
                _exit(0);
        }
        assert_true(pid > 0);
        out = fd_close(out);

        assert_int_equal(fd_read_full(in, buffer, 5), 5);
        assert_string_equal(buffer, "abcde");
        assert_int_equal(fd_read_full(in, buffer, sizeof(buffer)), 2); /* the end came first */
        assert_memory_equal(buffer, "fg", 2);
        assert_int_equal(fd_read_full(in, buffer, sizeof(buffer)), 0);
        assert_int_equal(fd_read_full(in, buffer, 0), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);

        assert_int_equal(fd_read_full(-EBADF, buffer, 1), -EBADF);
        assert_int_equal(fd_read_full(scratch.fd, buffer, 1), -EISDIR);
}

/* Who has it open sees what it is now. */
static void test_overwrite(void **state) {
        char buffer[8] = {};

        assert_return_code(file_create_at(scratch.fd, "hosts", "longer", 6, 0644), 0);
        _cleanup_close_ int fd = openat(scratch.fd, "hosts", O_RDONLY | O_CLOEXEC);
        assert_return_code(file_overwrite_at(scratch.fd, "hosts", "new", 3), 0);
        assert_int_equal(fd_read_full(fd, buffer, sizeof(buffer)), 3);
        assert_string_equal(buffer, "new");
        assert_return_code(file_overwrite_at(scratch.fd, "hosts", "", 0), 0);
        assert_int_equal(lseek(fd, 0, SEEK_END), 0);

        assert_int_equal(file_overwrite_at(scratch.fd, "missing", "x", 1), -ENOENT);
        assert_return_code(symlinkat("hosts", scratch.fd, "link-to-hosts"), 0);
        assert_int_equal(file_overwrite_at(scratch.fd, "link-to-hosts", "x", 1), -ELOOP);
}

static void test_write_full(void **state) {
        enum { SIZE = 1024 * 1024 }; /* more than a pipe holds */
        _cleanup_close_ int in = -EBADF, out = -EBADF;
        _cleanup_free_ char *data = malloc(SIZE), *back = malloc(SIZE);
        int status;

        assert_true(data && back);
        for (size_t i = 0; i < SIZE; i++)
                data[i] = i * 31 >> 3;
        make_pipe(&in, &out);

        pid_t pid = fork();
        if (pid == 0)
                _exit(fd_write_full(out, data, SIZE) == 0 ? 0 : 1);
        assert_true(pid > 0);
        out = fd_close(out);
        assert_int_equal(fd_read_full(in, back, SIZE), SIZE);
        assert_memory_equal(back, data, SIZE);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);

        assert_int_equal(fd_write_full(-EBADF, "x", 1), -EBADF);
        assert_int_equal(fd_write_full(-EBADF, "x", 0), 0);
        _cleanup_close_ int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
        assert_int_equal(fd_write_full(full, "x", 1), -ENOSPC);
}

static int new_file(size_t size) {
        int fd = memfd_create("blob", MFD_CLOEXEC);

        assert_true(fd >= 0);
        for (size_t i = 0; i < size; i++)
                assert_int_equal(write(fd, &(char) { 'a' + i % 26 }, 1), 1);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        return fd;
}

static void read_blob(size_t size, size_t limit, int expected) {
        _cleanup_close_ int fd = new_file(size);
        _cleanup_blob_ Blob b = {};

        int r = fd_read_blob(fd, limit, &b);
        if (r != expected)
                fail_msg("%zu bytes, limit %zu: %d", size, limit, r);
        if (r < 0) {
                assert_null(b.data);
                assert_int_equal(b.size, 0);
                return;
        }

        assert_int_equal(b.size, size);
        for (size_t i = 0; i < size; i++)
                assert_int_equal(((char *) b.data)[i], 'a' + i % 26);
        assert_int_equal(((char *) b.data)[size], 0);
}

static void test_read_blob(void **state) {
        static const size_t sizes[] = { 0, 1, 2, 4094, 4095, 4096, 4097, 8191, 8192, 20000 };

        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                read_blob(sizes[i], sizes[i], 0);
                read_blob(sizes[i], sizes[i] + 1, 0);
                read_blob(sizes[i], 1024 * 1024, 0);
                if (sizes[i] > 0) {
                        read_blob(sizes[i], sizes[i] - 1, -EFBIG);
                        read_blob(sizes[i], 0, -EFBIG);
                }
        }

        Blob b = {};
        assert_int_equal(fd_read_blob(-EBADF, 10, &b), -EBADF);
        assert_null(b.data);

        /* An endless source ends at the limit. */
        _cleanup_close_ int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
        assert_int_equal(fd_read_blob(zero, 100000, &b), -EFBIG);
}

static void test_memory_file(void **state) {
        _cleanup_blob_ Blob b = {}, again = {}, empty = {};
        char c = 0;

        _cleanup_close_ int fd = memory_file("test", "two\0words", 9);
        assert_return_code(fd, errno);
        assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        assert_int_equal(fd_read_blob(fd, 9, &b), 0);
        assert_int_equal(b.size, 9);
        assert_memory_equal(b.data, "two\0words", 9);

        /* From its end it is read as any file that somebody has written to. */
        assert_int_equal(fd_reread_blob(fd, 8, &again), -EFBIG);
        assert_int_equal(fd_reread_blob(fd, 9, &again), 0);
        assert_memory_equal(again.data, "two\0words", 9);
        assert_int_equal(fd_reread_blob(-EBADF, 9, &empty), -EBADF);

        /* It stays what it is. */
        assert_int_equal(pwrite(fd, &c, 1, 0), -1);
        assert_int_equal(errno, EPERM);
        assert_int_equal(pwrite(fd, &c, 1, 9), -1);
        assert_int_equal(errno, EPERM);
        assert_int_equal(ftruncate(fd, 0), -1);
        assert_int_equal(errno, EPERM);
        assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), -1);

        _cleanup_close_ int nothing = memory_file("nothing", "", 0);
        assert_return_code(nothing, errno);
        assert_int_equal(fd_read_blob(nothing, 9, &empty), 0);
        assert_int_equal(empty.size, 0);
}

static void test_file_read(void **state) {
        _cleanup_blob_ Blob b = {}, again = {};
        Blob none = {};

        scratch_mkdir("dir");
        scratch_write("dir/file", "hello");
        assert_return_code(mkfifoat(scratch.fd, "fifo", 0600), errno);

        assert_int_equal(file_read_at(scratch.fd, "dir/file", 5, &b), 0);
        assert_string_equal(b.data, "hello");
        assert_int_equal(b.size, 5);
        assert_int_equal(file_read_at(AT_FDCWD, scratch_path("dir/file"), 5, &again), 0);
        assert_string_equal(again.data, "hello");

        assert_int_equal(file_read_at(scratch.fd, "dir/file", 4, &none), -EFBIG);
        assert_int_equal(file_read_at(scratch.fd, "missing", 5, &none), -ENOENT);
        assert_int_equal(file_read_at(scratch.fd, "dir", 5, &none), -EISDIR);
        assert_int_equal(file_read_at(scratch.fd, "fifo", 5, &none),
                         -EINVAL); /* at once, though nobody writes */
        assert_int_equal(file_read_at(AT_FDCWD, "/dev/zero", 5, &none), -EINVAL);
        assert_null(none.data);
}

static void test_publish(void **state) {
        umask(0077); /* the mode is the one that was asked for */
        assert_int_equal(file_publish_at(scratch.fd, "new", "one", 3, 0644, false), 0);
        umask(0022);
        scratch_expect("new", "one");
        assert_int_equal(scratch_mode("new"), S_IFREG | 0644);

        assert_int_equal(file_publish_at(scratch.fd, "new", "two!", 4, 0600, false), -EEXIST);
        scratch_expect("new", "one");
        assert_int_equal(scratch_mode("new"), S_IFREG | 0644);

        assert_int_equal(file_publish_at(scratch.fd, "new", "two!", 4, 0400, true), 0);
        scratch_expect("new", "two!");
        assert_int_equal(scratch_mode("new"), S_IFREG | 0400);

        assert_int_equal(file_publish_at(scratch.fd, "other", NULL, 0, 0444, true), 0);
        scratch_expect("other", "");
        assert_int_equal(scratch_count("."), 2);
}

static void test_publish_replaces_link(void **state) {
        scratch_write("target", "untouched");
        assert_return_code(symlinkat("target", scratch.fd, "link"), errno);

        assert_int_equal(file_publish_at(scratch.fd, "link", "new", 3, 0644, false), -EEXIST);
        assert_true(S_ISLNK(scratch_mode("link")));
        assert_int_equal(file_publish_at(scratch.fd, "link", "new", 3, 0644, true), 0);
        assert_true(S_ISREG(scratch_mode("link")));
        scratch_expect("link", "new");
        scratch_expect("target", "untouched");
}

static void test_publish_fails(void **state) {
        char name[300];

        memset(name, 'n', sizeof(name));
        name[sizeof(name) - 1] = '\0';
        assert_int_equal(file_publish_at(scratch.fd, name, "x", 1, 0644, false), -ENAMETOOLONG);
        scratch_mkdir("dir");
        assert_int_equal(file_publish_at(scratch.fd, "dir", "x", 1, 0644, true), -EISDIR);
        assert_int_equal(file_publish_at(scratch.fd, "dir", "x", 1, 0644, false), -EEXIST);
        assert_int_equal(file_publish_at(-EBADF, "x", "x", 1, 0644, false), -EBADF);
        assert_int_equal(scratch_count("."), 1);
}

/* A file system that is full leaves the old file and nothing else. */
static void test_publish_no_space(void **state) {
        struct rlimit limit, small = { .rlim_cur = 2, .rlim_max = RLIM_INFINITY };

        assert_return_code(getrlimit(RLIMIT_FSIZE, &limit), errno);
        small.rlim_max = limit.rlim_max;
        scratch_write("file", "old");
        signal(SIGXFSZ, SIG_IGN);
        assert_return_code(setrlimit(RLIMIT_FSIZE, &small), errno);
        int r = file_publish_at(scratch.fd, "file", "longer", 6, 0644, true);
        assert_return_code(setrlimit(RLIMIT_FSIZE, &limit), errno);
        signal(SIGXFSZ, SIG_DFL);

        assert_int_equal(r, -EFBIG);
        scratch_expect("file", "old");
        assert_int_equal(scratch_count("."), 1);
}

static void test_dir_open(void **state) {
        scratch_write("file", "");
        scratch_mkdir("dir");
        assert_return_code(symlinkat("dir", scratch.fd, "link"), errno);

        _cleanup_close_ int dir = dir_open_at(scratch.fd, "dir", 0);
        assert_true(dir >= 0);
        assert_true(fcntl(dir, F_GETFD) & FD_CLOEXEC);
        assert_int_equal(dir_open_at(scratch.fd, "missing", 0), -ENOENT);
        assert_false(scratch_exists("missing"));

        _cleanup_close_ int made = dir_open_at(scratch.fd, "made", 0700),
                            again = dir_open_at(scratch.fd, "made", 0755);
        assert_true(made >= 0 && again >= 0);
        assert_int_equal(scratch_mode("made"), S_IFDIR | 0700);
        assert_int_equal(dir_open_at(scratch.fd, "two/levels", 0755), -ENOENT);
        umask(0077);
        _cleanup_close_ int for_all = dir_open_at(scratch.fd, "for-all", 0755);
        assert_int_equal(mkdir_parents(scratch_path("parents/too"), 0755), 0);
        umask(0022);
        assert_true(for_all >= 0);
        assert_int_equal(scratch_mode("for-all"), S_IFDIR | 0755);
        assert_int_equal(scratch_mode("parents"), S_IFDIR | 0755);
        assert_int_equal(scratch_mode("parents/too"), S_IFDIR | 0755);

        assert_int_equal(dir_open_at(scratch.fd, "file", 0), -ENOTDIR);
        assert_int_equal(dir_open_at(scratch.fd, "file", 0755), -ENOTDIR);
        int r = dir_open_at(scratch.fd, "link", 0755);
        assert_true(r == -ENOTDIR || r == -ELOOP);
}

static void test_dir_next(void **state) {
        _cleanup_closedir_ DIR *d = NULL, *empty = NULL;
        unsigned seen = 0;
        const char *name;
        int r;

        scratch_mkdir("dir");
        scratch_mkdir("dir/empty");
        scratch_write("dir/.hidden", "");
        scratch_write("dir/...", "");
        assert_int_equal(dir_stream_at(scratch.fd, "dir", &d), 0);
        while ((r = dir_next(d, &name)) > 0) {
                static const char *const names[] = { "empty", ".hidden", "..." };

                for (size_t i = 0; i < ELEMENTSOF(names); i++)
                        seen |= streq(name, names[i]) << i;
                assert_string_not_equal(name, ".");
                assert_string_not_equal(name, "..");
        }
        assert_int_equal(r, 0);
        assert_int_equal(seen, 7);

        assert_int_equal(dir_stream_at(scratch.fd, "dir/empty", &empty), 0);
        assert_int_equal(dir_next(empty, &name), 0);
        assert_int_equal(dir_next(empty, &name), 0);
}

static void test_create(void **state) {
        assert_return_code(file_create_at(scratch.fd, "new", "a\0b", 3, 0644), 0);
        assert_int_equal(scratch_mode("new"), S_IFREG | 0644);
        _cleanup_blob_ Blob b = {};
        assert_return_code(file_read_at(scratch.fd, "new", 10, &b), 0);
        assert_int_equal(b.size, 3);
        assert_memory_equal(b.data, "a\0b", 3);
        assert_return_code(file_create_at(scratch.fd, "empty", NULL, 0, 0644), 0);
        scratch_expect("empty", "");

        assert_int_equal(file_create_at(scratch.fd, "empty", "x", 1, 0644), -EEXIST);
        scratch_expect("empty", "");
        assert_return_code(symlinkat("nowhere", scratch.fd, "dangling"), errno);
        assert_int_equal(file_create_at(scratch.fd, "dangling", "x", 1, 0644), -EEXIST);
        assert_false(scratch_exists("nowhere"));
        scratch_mkdir("dir");
        assert_int_equal(file_create_at(scratch.fd, "dir", "x", 1, 0644), -EEXIST);
        assert_int_equal(file_create_at(scratch.fd, "missing/new", "x", 1, 0644), -ENOENT);
}

static void test_open_beneath(void **state) {
        static const struct {
                const char *path;
                int r;
        } refused[] = {
                { "..", -EXDEV },          { "../outside", -EXDEV }, { "dir/../../outside", -EXDEV },
                { "/etc/passwd", -EXDEV }, { "/", -EXDEV },          { "absolute", -EXDEV },
                { "upwards", -EXDEV },     { "dir/deep", -EXDEV },   { "missing", -ENOENT },
                { "loop", -ELOOP },
        };

        scratch_write("outside", "no");
        scratch_mkdir("tree");
        scratch_mkdir("tree/dir");
        scratch_write("tree/dir/file", "yes");
        _cleanup_close_ int tree = dir_open_at(scratch.fd, "tree", 0);
        assert_return_code(symlinkat("dir/file", tree, "within"), errno);
        assert_return_code(symlinkat("/etc/passwd", tree, "absolute"), errno);
        assert_return_code(symlinkat("../outside", tree, "upwards"), errno);
        assert_return_code(symlinkat("../../outside", tree, "dir/deep"), errno);
        assert_return_code(symlinkat("loop", tree, "loop"), errno);

        static const char *const allowed[] = { "dir/file", "within", "dir/../within", "./dir//file" };
        for (size_t i = 0; i < ELEMENTSOF(allowed); i++) {
                _cleanup_close_ int fd = open_beneath(tree, allowed[i], O_RDONLY);
                _cleanup_blob_ Blob b = {};

                if (fd < 0)
                        fail_msg("'%s': %d", allowed[i], fd);
                assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
                assert_int_equal(fd_read_blob(fd, 10, &b), 0);
                assert_string_equal(b.data, "yes");
        }

        for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
                int r = open_beneath(tree, refused[i].path, O_RDONLY);
                if (r != refused[i].r)
                        fail_msg("'%s': %d", refused[i].path, r);
        }
        assert_int_equal(open_beneath(tree, "within", O_RDONLY | O_NOFOLLOW), -ELOOP);
}

static void test_open_beneath_magic_link(void **state) {
        char name[32];

        _cleanup_close_ int fds = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fds >= 0);
        (void) snprintf(name, sizeof(name), "%d/.", scratch.fd);
        int r = open_beneath(fds, name, O_RDONLY | O_DIRECTORY);
        assert_true(r == -ELOOP || r == -EXDEV);
}

static void assert_reads(int fd, const char *text) {
        _cleanup_close_ int owned = fd;
        _cleanup_blob_ Blob b = {};

        assert_true(fcntl(owned, F_GETFD) & FD_CLOEXEC);
        assert_int_equal(fd_read_blob(owned, 10, &b), 0);
        assert_string_equal(b.data, text);
}

static void test_open_in_root(void **state) {
        static const char *const links[] = { "absolute", "upwards", "dir/absolute" };

        scratch_write("outside", "no");
        scratch_mkdir("tree");
        scratch_mkdir("tree/dir");
        scratch_write("tree/outside", "yes");
        _cleanup_close_ int tree = dir_open_at(scratch.fd, "tree", 0);
        assert_return_code(symlinkat("/outside", tree, "absolute"), errno);
        assert_return_code(symlinkat("../../outside", tree, "upwards"), errno);
        assert_return_code(symlinkat("/absolute", tree, "dir/absolute"), errno);

        for (size_t i = 0; i < ELEMENTSOF(links); i++) {
                assert_reads(open_in_root(tree, links[i], O_RDONLY), "yes");
                assert_int_equal(open_in_root_plain(tree, links[i], O_RDONLY), -ELOOP);
        }
        assert_reads(open_in_root(tree, "/../outside", O_RDONLY), "yes");
        assert_reads(open_in_root_plain(tree, "/../outside", O_RDONLY), "yes");
        assert_int_equal(open_in_root(tree, "/etc/passwd", O_RDONLY), -ENOENT);
}

static void test_mkdir_parents(void **state) {
        assert_int_equal(mkdir_parents(scratch_path("a/b/c"), 0711), 0);
        assert_int_equal(scratch_mode("a"), S_IFDIR | 0711);
        assert_int_equal(scratch_mode("a/b/c"), S_IFDIR | 0711);
        assert_int_equal(mkdir_parents(scratch_path("a/b/c"), 0700), 0); /* there already: as it is */
        assert_int_equal(scratch_mode("a/b/c"), S_IFDIR | 0711);
        assert_int_equal(mkdir_parents(scratch_path("a/b/c/"), 0755), 0);
        assert_int_equal(mkdir_parents(scratch_path("x//y/./z"), 0755), 0);
        assert_true(scratch_exists("x/y/z"));
        assert_int_equal(mkdir_parents("/", 0755), 0);
}

static void test_mkdir_parents_in_the_way(void **state) {
        scratch_write("file", "");
        assert_int_equal(mkdir_parents(scratch_path("file/below"), 0755), -ENOTDIR);
        assert_true(mkdir_parents(scratch_path("file"), 0755) < 0);

        scratch_mkdir("dir");
        assert_return_code(symlinkat("dir", scratch.fd, "link"), errno);
        assert_int_equal(mkdir_parents(scratch_path("link/below"), 0755), 0);
        assert_true(scratch_exists("dir/below"));
}

static void test_remove_tree(void **state) {
        scratch_mkdir("outside");
        scratch_write("outside/file", "stays");
        scratch_write("single", "");

        scratch_mkdir("tree");
        scratch_mkdir("tree/empty");
        scratch_mkdir("tree/a");
        scratch_mkdir("tree/a/b");
        scratch_write("tree/a/b/file", "");
        scratch_write("tree/.hidden", "");
        assert_return_code(symlinkat("../outside", scratch.fd, "tree/dir-link"), errno);
        assert_return_code(symlinkat("../../../outside/file", scratch.fd, "tree/a/b/file-link"), errno);
        assert_return_code(symlinkat("nowhere", scratch.fd, "tree/dangling"), errno);
        assert_return_code(linkat(scratch.fd, "outside/file", scratch.fd, "tree/hard-link", 0), errno);
        assert_return_code(mkfifoat(scratch.fd, "tree/fifo", 0600), errno);

        assert_int_equal(remove_tree_at(scratch.fd, "tree"), 0);
        assert_false(scratch_exists("tree"));
        scratch_expect("outside/file", "stays");

        assert_int_equal(remove_tree_at(scratch.fd, "tree"), 0); /* gone is gone */
        assert_int_equal(remove_tree_at(scratch.fd, "single"), 0);
        assert_false(scratch_exists("single"));

        assert_return_code(symlinkat("outside", scratch.fd, "link"), errno);
        assert_int_equal(remove_tree_at(scratch.fd, "link"), 0);
        assert_false(scratch_exists("link"));
        scratch_expect("outside/file", "stays");
        assert_int_equal(scratch_count("."), 1);
}

static void test_remove_many(void **state) {
        char name[64];

        scratch_mkdir("tree");
        for (unsigned i = 0; i < 2000; i++) {
                (void) snprintf(name, sizeof(name), "tree/%0*u", (int) (i % 40) + 1, i);
                if (i % 10 == 0)
                        scratch_mkdir(name);
                else
                        scratch_write(name, "");
        }
        assert_int_equal(remove_tree_at(scratch.fd, "tree"), 0);
        assert_int_equal(scratch_count("."), 0);
}

static void make_deep(const char *name, unsigned depth) {
        int fd = dup(scratch.fd);

        for (unsigned i = 0; i < depth; i++) {
                int next = dir_open_at(fd, i == 0 ? name : "d", 0755);
                assert_true(next >= 0);
                fd_close(fd);
                fd = next;
        }
        fd_close(fd);
}

/* An app may nest directories as deeply as it likes; that must not make its pod immortal. */
static void test_remove_deep(void **state) {
        struct rlimit limit, few;

        make_deep("tree", 500);
        assert_return_code(getrlimit(RLIMIT_NOFILE, &limit), errno);
        few = (struct rlimit) { .rlim_cur = 64, .rlim_max = limit.rlim_max };
        assert_return_code(setrlimit(RLIMIT_NOFILE, &few), errno);
        int r = remove_tree_at(scratch.fd, "tree");
        assert_return_code(setrlimit(RLIMIT_NOFILE, &limit), errno);

        assert_int_equal(r, 0);
        assert_false(scratch_exists("tree"));
}

/* Mounts over `at` in a mount namespace of its own and has `name` removed, which must fail and leave what was mounted. Returns 0, 77
 * (not possible here), or what went wrong. */
static int remove_with_mount(const char *source, const char *type, unsigned long flags, const char *at,
                             const char *name) {
        char precious[128];

        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount(source, scratch_path(at), type, flags, NULL) < 0)
                return 77;

        /* The fd made before belongs to the namespace that was left. */
        _cleanup_close_ int dir = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void) snprintf(precious, sizeof(precious), "%s/precious", at);
        _cleanup_close_ int fd = openat(dir, precious, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
                return 77;
        if (remove_tree_at(dir, name) >= 0)
                return 1;

        return faccessat(dir, precious, F_OK, 0) == 0 ? 0 : 2;
}

static void never_crosses(const char *source, const char *type, unsigned long flags, const char *at,
                          const char *name) {
        int status;

        pid_t pid = fork();
        if (pid == 0)
                _exit(remove_with_mount(source, type, flags, at, name));
        assert_true(pid > 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77) {
                print_message("# skipped: mounting takes root\n");
                skip();
        }
        assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_remove_never_crosses_a_mount(void **state) {
        scratch_mkdir("tree");
        scratch_mkdir("tree/mount");
        never_crosses("none", "tmpfs", 0, "tree/mount", "tree");
        never_crosses("none", "tmpfs", 0, "tree", "tree");
}

/* Which is on the same device. */
static void test_remove_never_crosses_a_bind_mount(void **state) {
        scratch_mkdir("outside");
        scratch_mkdir("tree");
        scratch_mkdir("tree/mount");
        never_crosses(scratch_path("outside"), NULL, MS_BIND, "tree/mount", "tree");
}

static void test_keep_on_exec(void **state) {
        _cleanup_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        assert_int_equal(fd_keep_on_exec(fd), 0);
        assert_int_equal(fcntl(fd, F_GETFD), 0);
        assert_int_equal(fd_keep_on_exec(fd), 0);
        assert_int_equal(fd_keep_on_exec(-EBADF), -EBADF);
}

static void test_get_path(void **state) {
        _cleanup_free_ char *before = NULL, *after = NULL, *none = NULL;

        scratch_mkdir("dir");
        _cleanup_close_ int fd = dir_open_at(scratch.fd, "dir", 0);
        assert_int_equal(fd_get_path(fd, &before), 0);
        assert_string_equal(before, scratch_path("dir"));

        assert_return_code(renameat(scratch.fd, "dir", scratch.fd, "moved"), errno);
        assert_int_equal(fd_get_path(fd, &after), 0);
        assert_string_equal(after, scratch_path("moved"));
        assert_int_equal(fd_get_path(-EBADF, &none), -ENOENT);
        assert_null(none);
}

/* A link has nothing of its own to be brought there. */
static void test_tree_sync(void **state) {
        scratch_mkdir("a");
        scratch_write("a/file", "text");
        assert_return_code(symlinkat("nowhere", scratch.fd, "a/link"), errno);
        assert_return_code(symlinkat("a", scratch.fd, "link"), errno);
        assert_int_equal(tree_sync(scratch.fd), 0);
}

/* Also those that are in each other's way. */
static void test_place(void **state) {
        int fds[2];

        assert_return_code(pipe2(fds, O_CLOEXEC), errno);
        int first = MIN(fds[0], fds[1]), placed[] = { fds[1], fds[0] };
        assert_return_code(fds_place(placed, 2, first), 0);
        assert_int_equal(fcntl(first, F_GETFD), 0);
        assert_int_equal(fcntl(first, F_GETFL) & O_ACCMODE, O_WRONLY);
        assert_int_equal(fcntl(first + 1, F_GETFL) & O_ACCMODE, O_RDONLY);
        for (size_t i = 0; i < 2; i++) {
                fd_close(placed[i]);
                fd_close(first + i);
        }
        assert_int_equal(fds_place((int[]) { -EBADF }, 1, 3), -EBADF);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_close),
                TEST(test_cleanup_and_take),
                TEST(test_read_full),
                TEST(test_overwrite),
                TEST(test_write_full),
                TEST(test_read_blob),
                TEST(test_memory_file),
                TEST(test_file_read),
                TEST(test_publish),
                TEST(test_publish_replaces_link),
                TEST(test_publish_fails),
                TEST(test_publish_no_space),
                TEST(test_tree_sync),
                TEST(test_dir_open),
                TEST(test_dir_next),
                TEST(test_create),
                TEST(test_open_beneath),
                TEST(test_open_beneath_magic_link),
                TEST(test_open_in_root),
                TEST(test_mkdir_parents),
                TEST(test_mkdir_parents_in_the_way),
                TEST(test_remove_tree),
                TEST(test_remove_many),
                TEST(test_remove_deep),
                TEST(test_remove_never_crosses_a_mount),
                TEST(test_remove_never_crosses_a_bind_mount),
                TEST(test_keep_on_exec),
                TEST(test_place),
                TEST(test_get_path),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
