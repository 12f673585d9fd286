/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of fetch/files.h, but for what archive-index does.
 * Never: starts a process; makes an archive: its members are where we say they are.
 * Follows: https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md. */

#include "scratch.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/files.h"
#include "image/oci.h"

static Files files;

/* layout/ in which there are good things and bad, and secret beside it. */
static int setup(void **state) {
        log_set_level(LOG_CRIT);
        if (scratch_setup(state) < 0)
                return -1;

        scratch_mkdir("layout");
        scratch_mkdir("layout/blobs");
        scratch_write("layout/index.json", "{}");
        scratch_write("layout/blobs/b", "blob");
        scratch_write("secret", "secret");
        return files_open_directory(scratch_path("layout"), &files);
}

static int teardown(void **state) {
        files_done(&files);
        files_done(&files);
        return scratch_teardown(state);
}

static void has(const char *path, const char *text) {
        _cleanup_blob_ Blob document = {};
        FileRange range;

        assert_return_code(files_find(&files, path, &range), 0);
        assert_int_equal(range.size, strlen(text));
        fd_close(range.fd);

        _cleanup_close_ int fd = files_open_document(&files, path);
        assert_true(fd >= 0);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        assert_return_code(fd_read_blob(fd, 1024, &document), 0);
        assert_string_equal(document.data, text);
}

static void has_not(const char *path, int expected) {
        FileRange range = { .fd = 12345 };

        int r = files_find(&files, path, &range);
        if (r != expected)
                fail_msg("'%s': %d, expected %d", path, r, expected);
        assert_int_equal(range.fd, 12345);
        assert_int_equal(files_open_document(&files, path), expected);
}

static void test_directory(void **state) {
        has("index.json", "{}");
        has("blobs/b", "blob");
        has("./blobs/../index.json", "{}");
        has_not("blobs/c", -ENOENT);
        has_not("", -ENOENT);
        has_not("index.json/", -ENOTDIR);
}

static void test_out_of_directory(void **state) {
        has_not("..", -EXDEV);
        has_not("../secret", -EXDEV);
        has_not("blobs/../../secret", -EXDEV);
        has_not("/etc/passwd", -EXDEV);
        has_not(scratch_path("layout/index.json"), -EXDEV);
}

static void test_links(void **state) {
        assert_return_code(symlinkat("b", scratch.fd, "layout/blobs/within"), errno);
        assert_return_code(symlinkat("../index.json", scratch.fd, "layout/blobs/up"), errno);
        assert_return_code(symlinkat("../../secret", scratch.fd, "layout/blobs/out"), errno);
        assert_return_code(symlinkat(scratch_path("secret"), scratch.fd, "layout/blobs/absolute"), errno);
        assert_return_code(symlinkat("../..", scratch.fd, "layout/blobs/directory"), errno);
        assert_return_code(symlinkat("loop", scratch.fd, "layout/blobs/loop"), errno);
        assert_return_code(symlinkat("/proc/self/fd/0", scratch.fd, "layout/blobs/magic"), errno);

        has("blobs/within", "blob");
        has("blobs/up", "{}");
        has_not("blobs/out", -EXDEV);
        has_not("blobs/absolute", -EXDEV);
        has_not("blobs/directory/secret", -EXDEV);
        has_not("blobs/loop", -ELOOP);
        has_not("blobs/magic", -EXDEV);
}

/* Nobody has the other end of the FIFO: opening it must not wait. */
static void test_not_regular(void **state) {
        struct sockaddr_un name = { .sun_family = AF_UNIX };

        assert_return_code(mkfifoat(scratch.fd, "layout/fifo", 0644), errno);
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        (void) snprintf(name.sun_path, sizeof(name.sun_path), "%s", scratch_path("layout/socket"));
        assert_return_code(bind(fd, (struct sockaddr *) &name, sizeof(name)), errno);

        has_not("fifo", -EINVAL);
        has_not("socket", -ENXIO);
        has_not("blobs", -EINVAL);
        has_not(".", -EINVAL);
}

static void test_large(void **state) {
        FileRange range;

        scratch_write("layout/large", "");
        assert_return_code(truncate(scratch_path("layout/large"), OCI_DOCUMENT_MAX + 1), errno);
        assert_return_code(files_find(&files, "large", &range), 0);
        assert_int_equal(range.size, OCI_DOCUMENT_MAX + 1);
        fd_close(range.fd);
        assert_int_equal(files_open_document(&files, "large"), -EFBIG);

        assert_return_code(truncate(scratch_path("layout/large"), OCI_DOCUMENT_MAX), errno);
        _cleanup_close_ int fd = files_open_document(&files, "large");
        assert_true(fd >= 0);
}

static void test_no_directory(void **state) {
        Files none = FILES_NULL;

        assert_int_equal(files_open_directory(scratch_path("missing"), &none), -ENOENT);
        assert_int_equal(files_open_directory(scratch_path("secret"), &none), -ENOTDIR);
        assert_int_equal(files_find(&none, "index.json", &(FileRange) {}), -ENOENT);
}

/* -- archives --------------------------------------------------------------------------------------------- */

#define ARCHIVE "....first..second...."

static void open_archive(const char *text, const char *index, size_t size) {
        _cleanup_free_ char *why = NULL;
        ArchiveMembers *members;

        files_done(&files);
        scratch_write("archive", text);
        if (archive_members_parse(index, size, strlen(text), 0, &members, &why) < 0)
                fail_msg("%s", why);
        files = (Files) {
                .dir_fd = -EBADF,
                .archive_fd = openat(scratch.fd, "archive", O_RDONLY | O_CLOEXEC),
                .members = members,
        };
        assert_true(files.archive_fd >= 0);
}
#define OPEN_ARCHIVE(text, index) open_archive(text, index, sizeof(index) - 1)

static void test_archive(void **state) {
        FileRange range;

        OPEN_ARCHIVE(ARCHIVE, "plain\0"
                              "file\0"
                              "4\0"
                              "5\0"
                              "a/first\0"
                              "file\0"
                              "11\0"
                              "6\0"
                              "second\0"
                              "file\0"
                              "21\0"
                              "0\0"
                              "nothing\0"
                              "link\0"
                              "a/first\0"
                              "layer.tar\0"
                              "link\0"
                              "missing\0"
                              "dangling\0");
        has("a/first", "first");
        has("second", "second");
        has("nothing", "");
        has("layer.tar", "first");
        has_not("dangling", -ENOENT);
        has_not("a", -ENOENT);
        has_not("/a/first", -ENOENT);
        has_not("a/../second", -ENOENT);
        has_not("", -ENOENT);

        assert_return_code(files_find(&files, "second", &range), 0);
        assert_int_equal(range.offset, 11);
        assert_int_equal(range.size, 6);
        fd_close(range.fd);
}

/* What is handed out is only those bytes, and what is read of one moves nothing for the other. */
static void test_archive_documents_are_apart(void **state) {
        char text[32] = {};

        OPEN_ARCHIVE(ARCHIVE, "plain\0"
                              "file\0"
                              "4\0"
                              "5\0"
                              "first\0"
                              "file\0"
                              "11\0"
                              "6\0"
                              "second\0");
        _cleanup_close_ int a = files_open_document(&files, "first"),
                            b = files_open_document(&files, "second");
        assert_int_equal(pread(a, text, sizeof(text), 0), 5);
        assert_int_equal(read(b, text, sizeof(text)), 6);
        assert_memory_equal(text, "second", 6);
        assert_int_equal(read(a, text, sizeof(text)), 5);
        assert_memory_equal(text, "first", 5);
}

/* It was looked at, and then somebody cut it. */
static void test_archive_cut(void **state) {
        OPEN_ARCHIVE(ARCHIVE, "plain\0"
                              "file\0"
                              "11\0"
                              "6\0"
                              "second\0");
        assert_return_code(truncate(scratch_path("archive"), 13), errno);
        assert_int_equal(files_open_document(&files, "second"), -EIO);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_directory, setup, teardown),
                cmocka_unit_test_setup_teardown(test_out_of_directory, setup, teardown),
                cmocka_unit_test_setup_teardown(test_links, setup, teardown),
                cmocka_unit_test_setup_teardown(test_not_regular, setup, teardown),
                cmocka_unit_test_setup_teardown(test_large, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_directory, setup, teardown),
                cmocka_unit_test_setup_teardown(test_archive, setup, teardown),
                cmocka_unit_test_setup_teardown(test_archive_documents_are_apart, setup, teardown),
                cmocka_unit_test_setup_teardown(test_archive_cut, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
