/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of image-tool/archive and image-tool/output.
 * Never: reads an archive with its own eyes only where tar can be asked.
 * Follows: image-tool/archive.h, image-tool/output.h; POSIX.1-2017, pax, "ustar Interchange Format". */

#include "scratch.h"

#include "basic/fd.h"
#include "basic/output.h"
#include "basic/str.h"
#include "image-tool/archive.h"

static Output open_output(const char *name) {
        Output output = OUTPUT_NULL;

        assert_int_equal(output_open(scratch_path(name), &output), 0);
        return output;
}

/* Runs it in the scratch directory. */
static void shell(const char *command) {
        _cleanup_free_ char *line = NULL;

        assert_int_equal(str_printf(&line, "cd %s && %s", scratch.path, command), 0);
        assert_int_equal(system(line), 0);
}

/* What a tar reads of it is what was put in. */
static void test_archive(void **state) {
        char longest[101];

        memset(longest, 'n', 100);
        longest[100] = '\0';
        _cleanup_output_ Output o = open_output("a.tar");
        assert_int_equal(archive_add(o.fd, "oci-layout", "{}\n", 3), 0);
        assert_int_equal(archive_add(o.fd, "blobs/empty", "", 0), 0);
        assert_int_equal(archive_add(o.fd, longest, "x", 1), 0);
        assert_int_equal(archive_begin(o.fd, "blobs/two", 512), 0);
        for (size_t i = 0; i < 512; i++)
                assert_int_equal(fd_write_full(o.fd, "y", 1), 0);
        assert_int_equal(archive_pad(o.fd, 512), 0);
        assert_int_equal(archive_end(o.fd), 0);
        assert_int_equal(output_publish(&o), 0);

        shell("tar --numeric-owner -tvf a.tar > list 2>&1 && TZ=UTC tar --numeric-owner -tvf a.tar | cut -c1-46 > list");
        scratch_expect("list", "-rw-r--r-- 0/0               3 1970-01-01 00:0\n"
                               "-rw-r--r-- 0/0               0 1970-01-01 00:0\n"
                               "-rw-r--r-- 0/0               1 1970-01-01 00:0\n"
                               "-rw-r--r-- 0/0             512 1970-01-01 00:0\n");
        shell("tar -xOf a.tar oci-layout > text");
        scratch_expect("text", "{}\n");
}

static void test_archive_names(void **state) {
        char name[102];

        memset(name, 'n', 101);
        name[101] = '\0';
        assert_int_equal(archive_begin(-EBADF, name, 0), -ENAMETOOLONG);
        assert_int_equal(archive_begin(-EBADF, "fine", 0), -EBADF);
}

/* Sizes that eleven octal digits hold, and the first that they do not. */
static void test_archive_sizes(void **state) {
        _cleanup_output_ Output o = open_output("sizes");
        char header[1024];

        assert_int_equal(archive_begin(o.fd, "a", (UINT64_C(1) << 33) - 1), 0);
        assert_int_equal(archive_begin(o.fd, "a", UINT64_C(1) << 33), 0);
        assert_int_equal(output_publish(&o), 0);

        int fd = openat(scratch.fd, "sizes", O_RDONLY | O_CLOEXEC);
        assert_int_equal(read(fd, header, sizeof(header)), sizeof(header));
        close(fd);
        assert_memory_equal(header + 124, "77777777777", 12);
        assert_memory_equal(header + 512 + 124, "\x80\0\0\0\0\0\0\x02\0\0\0\0", 12);
}

static void test_output(void **state) {
        Output o = open_output("file");

        assert_false(scratch_exists("file"));
        assert_int_equal(scratch_count("."), 1);
        assert_int_equal(fd_write_full(o.fd, "new", 3), 0);
        assert_int_equal(output_publish(&o), 0);
        output_done(&o);
        scratch_expect("file", "new");
        assert_int_equal(scratch_mode("file"), S_IFREG | 0644);
        assert_int_equal(scratch_count("."), 1);
}

/* What was there stays until all of the new is there. */
static void test_output_replaces(void **state) {
        scratch_write("file", "old");
        Output o = open_output("file");
        assert_int_equal(fd_write_full(o.fd, "half", 4), 0);
        output_done(&o);
        scratch_expect("file", "old");
        assert_int_equal(scratch_count("."), 1);

        o = open_output("file");
        assert_int_equal(output_publish(&o), 0);
        output_done(&o);
        scratch_expect("file", "");
}

static void test_output_refused(void **state) {
        Output o = OUTPUT_NULL;

        scratch_mkdir("directory");
        assert_int_equal(mkfifoat(scratch.fd, "fifo", 0600), 0);
        assert_int_equal(symlinkat("elsewhere", scratch.fd, "link"), 0);
        assert_int_equal(output_open(scratch_path("directory"), &o), -EISDIR);
        assert_int_equal(output_open(scratch_path("directory/"), &o), -EISDIR);
        assert_int_equal(output_open(scratch_path("fifo"), &o), -EINVAL);
        assert_int_equal(output_open(scratch_path("link"), &o), -EINVAL);
        assert_int_equal(output_open(scratch_path("nowhere/file"), &o), -ENOENT);
        assert_int_equal(output_open("/dev/null", &o), -EINVAL);
        assert_int_equal(scratch_count("."), 3);
}

static void test_standard_output(void **state) {
        int saved = dup(STDOUT_FILENO);
        Output o = OUTPUT_NULL;

        int fd = openat(scratch.fd, "stdout", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        fflush(stdout);
        assert_return_code(dup2(fd, STDOUT_FILENO), errno);
        int r = output_open("-", &o);
        if (r >= 0)
                r = fd_write_full(o.fd, "text", 4);
        if (r >= 0)
                r = output_publish(&o);
        output_done(&o);
        assert_return_code(dup2(saved, STDOUT_FILENO), errno);
        close(saved);
        close(fd);
        assert_int_equal(r, 0);
        scratch_expect("stdout", "text");
}

#define scratch_test(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                scratch_test(test_archive),         scratch_test(test_archive_names),
                scratch_test(test_archive_sizes),   scratch_test(test_output),
                scratch_test(test_output_replaces), scratch_test(test_output_refused),
                scratch_test(test_standard_output),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
