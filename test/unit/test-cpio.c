/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof that archives for the kernel are what cpio unpacks, and the same whenever they are made.
 * Never: boots one.
 * Follows: cpio/writer.h. */

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/str.h"
#include "cpio/writer.h"
#include "scratch.h"

#define OUTPUT_LIMIT 65536

static int create(const char *name) {
        int fd = openat(scratch.fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        assert_return_code(fd, errno);
        return fd;
}

static void write_archive(int fd) {
        CpioWriter w = CPIO_WRITER(fd);

        assert_int_equal(cpio_directory(&w, "a", 0700), 0);
        assert_int_equal(cpio_file(&w, "a/empty", 0400, NULL, 0), 0);
        for (size_t i = 1; i <= 5; i++) {
                char name[16];
                (void) snprintf(name, sizeof(name), "a/%.*s", (int) i, "12345");
                assert_int_equal(cpio_file(&w, name, 0755, "abcdefgh", i), 0);
        }
        assert_int_equal(cpio_link(&w, "a/link", "../somewhere"), 0);
        assert_int_equal(cpio_end(&w), 0);
        assert_int_equal(w.size % 4, 0);
}

/* Runs cpio on `archive` in the scratch directory. */
static char *run_cpio(const char *archive, const char *options) {
        _cleanup_free_ char *script = NULL;
        char *output;

        assert_int_equal(str_printf(&script, "cd %s && cpio --quiet %s <%s", scratch.path, options, archive),
                         0);
        char *argv[] = { (char *) "sh", (char *) "-c", script, NULL };
        assert_int_equal(process_capture(&(Spawn) { .argv = argv,
                                                    .in = -EBADF,
                                                    .out = -EBADF,
                                                    .err = -EBADF },
                                         OUTPUT_LIMIT, &output),
                         0);
        return output;
}

static void test_list(void **state) {
        _cleanup_close_ int fd = create("archive");

        write_archive(fd);
        _cleanup_free_ char *list = run_cpio("archive", "--list");
        assert_string_equal(list, "a\na/empty\na/1\na/12\na/123\na/1234\na/12345\na/link\n");
}

static void test_unpack(void **state) {
        _cleanup_close_ int fd = create("archive");

        write_archive(fd);
        free(run_cpio("archive", "--extract --preserve-modification-time"));
        assert_int_equal(scratch_mode("a"), S_IFDIR | 0700);
        assert_int_equal(scratch_mode("a/empty"), S_IFREG | 0400);
        assert_int_equal(scratch_mode("a/123"), S_IFREG | 0755);

        for (size_t i = 1; i <= 5; i++) {
                _cleanup_blob_ Blob text = {};
                char name[16];
                (void) snprintf(name, sizeof(name), "a/%.*s", (int) i, "12345");
                assert_int_equal(file_read_at(scratch.fd, name, 64, &text), 0);
                assert_int_equal(text.size, i);
                assert_memory_equal(text.data, "abcdefgh", i);
        }

        char target[64] = "";
        struct stat st;
        assert_return_code(readlinkat(scratch.fd, "a/link", target, sizeof(target) - 1), errno);
        assert_string_equal(target, "../somewhere");
        assert_return_code(fstatat(scratch.fd, "a/1", &st, 0), errno);
        assert_int_equal(st.st_mtime, 0);
}

static void test_same(void **state) {
        _cleanup_close_ int a = create("a"), b = create("b");
        _cleanup_blob_ Blob first = {}, second = {};

        write_archive(a);
        write_archive(b);
        assert_int_equal(file_read_at(scratch.fd, "a", OUTPUT_LIMIT, &first), 0);
        assert_int_equal(file_read_at(scratch.fd, "b", OUTPUT_LIMIT, &second), 0);
        assert_int_equal(first.size, second.size);
        assert_memory_equal(first.data, second.data, first.size);
}

/* As a kernel reads what it is given: one behind the other. */
static void test_two(void **state) {
        _cleanup_close_ int fd = create("archive");
        CpioWriter w = CPIO_WRITER(fd);

        write_archive(fd);
        off_t middle = lseek(fd, 0, SEEK_CUR);
        assert_int_equal(middle % 4, 0);
        assert_int_equal(cpio_file(&w, "second", 0644, "x", 1), 0);
        assert_int_equal(cpio_end(&w), 0);

        _cleanup_free_ char *rest = NULL;
        assert_int_equal(str_printf(&rest, "tail --bytes=+%lld archive >rest", (long long) middle + 1), 0);
        char *argv[] = { (char *) "sh", (char *) "-c", rest, NULL };
        assert_return_code(chdir(scratch.path), errno);
        assert_int_equal(process_run(&(Spawn) { .argv = argv, .in = -EBADF, .out = -EBADF, .err = -EBADF }),
                         0);
        assert_return_code(chdir("/"), errno);
        _cleanup_free_ char *list = run_cpio("rest", "--list");
        assert_string_equal(list, "second\n");
}

static void test_limits(void **state) {
        _cleanup_close_ int fd = create("archive"), full_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
        CpioWriter w = CPIO_WRITER(fd), full = CPIO_WRITER(full_fd);
        char path[2048];

        memset(path, 'x', sizeof(path) - 1);
        path[sizeof(path) - 1] = '\0';
        assert_int_equal(cpio_directory(&w, path, 0755), -ENAMETOOLONG);
        path[1023] = '\0';
        assert_int_equal(cpio_directory(&w, path, 0755), 0);
        assert_int_equal(cpio_file(&w, "huge", 0644, path, (size_t) UINT32_MAX + 1), -EFBIG);
        assert_int_equal(cpio_directory(&full, "a", 0755), -ENOSPC);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_list, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_unpack, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_same, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_two, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_limits, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
