/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of inventory/usage.
 * Never: trusts it to count: du(1) does.
 * Follows: inventory/usage.h. */

#include "scratch.h"

#include "basic/fd.h"
#include "inventory/usage.h"

/* What du says of the scratch directory's `name`. */
static uint64_t du(const char *name) {
        char command[600];
        unsigned long long bytes = 0;

        (void) snprintf(command, sizeof(command), "du --block-size=1 -s '%s'", scratch_path(name));
        FILE *f = popen(command, "r");
        assert_non_null(f);
        assert_int_equal(fscanf(f, "%llu", &bytes), 1);
        assert_int_equal(pclose(f), 0);
        return bytes;
}

static uint64_t count(const char *name) {
        _cleanup_usage_ Usage u = {};
        uint64_t total = 0;

        assert_int_equal(usage_add_tree(&u, scratch.fd, name, &total), 0);
        return total;
}

static void write_zeros(const char *name, size_t size) {
        char *zeros = calloc(1, size);

        assert_non_null(zeros);
        scratch_write_bytes(name, zeros, size);
        free(zeros);
}

static void test_tree(void **state) {
        scratch_mkdir("tree");
        assert_int_equal(count("tree"), du("tree"));

        scratch_mkdir("tree/a");
        scratch_mkdir("tree/a/b");
        scratch_mkdir("tree/c");
        write_zeros("tree/small", 1);
        write_zeros("tree/a/large", 300000);
        write_zeros("tree/a/b/middle", 5000);
        assert_return_code(symlinkat("/usr", scratch.fd, "tree/link"), errno);
        assert_return_code(mkfifoat(scratch.fd, "tree/fifo", 0644), errno);
        assert_int_equal(count("tree"), du("tree"));
        assert_int_equal(count("tree/a/large"), du("tree/a/large"));
        assert_int_equal(count("tree/link"), du("tree/link"));

        /* Holes take no room. */
        write_zeros("tree/sparse", 4096);
        int fd = openat(scratch.fd, "tree/sparse", O_WRONLY | O_CLOEXEC);
        assert_return_code(ftruncate(fd, 1 << 30), errno);
        close(fd);
        assert_true(count("tree") < 1 << 20);
        assert_int_equal(count("tree"), du("tree"));
}

static void test_hard_links(void **state) {
        scratch_mkdir("tree");
        scratch_mkdir("tree/a");
        write_zeros("tree/once", 100000);
        uint64_t before = count("tree");
        assert_return_code(linkat(scratch.fd, "tree/once", scratch.fd, "tree/a/twice", 0), errno);
        assert_return_code(linkat(scratch.fd, "tree/once", scratch.fd, "thrice", 0), errno);
        assert_int_equal(count("tree"), before);
        assert_int_equal(count("tree"), du("tree"));

        /* Also over several trees, as long as they are counted together. */
        _cleanup_usage_ Usage u = {};
        uint64_t first = 0, second = 0;
        assert_int_equal(usage_add_tree(&u, scratch.fd, "thrice", &first), 0);
        assert_int_equal(usage_add_tree(&u, scratch.fd, "tree", &second), 0);
        assert_int_equal(first + second, before);
}

static void test_missing(void **state) {
        _cleanup_usage_ Usage u = {};
        uint64_t total = 7;

        assert_int_equal(usage_add_tree(&u, scratch.fd, "missing", &total), -ENOENT);
        assert_int_equal(total, 7);
}

/* Deeper than any number of fds, and longer than any path. */
static void test_deep(void **state) {
        enum { DEPTH = 3000 };
        uint64_t total = 0;
        _cleanup_usage_ Usage u = {};

        scratch_mkdir("deep");
        int fd = openat(scratch.fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct stat st;
        assert_return_code(fstat(fd, &st), errno);
        for (size_t i = 0; i < DEPTH; i++) {
                assert_return_code(mkdirat(fd, "d", 0755), errno);
                int next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                assert_return_code(next, errno);
                close(fd);
                fd = next;
        }
        struct stat last;
        assert_return_code(fstat(fd, &last), errno);
        close(fd);

        assert_int_equal(usage_add_tree(&u, scratch.fd, "deep", &total), 0);
        /* Directories may take nothing at all, as on tmpfs. */
        assert_int_equal(total, (uint64_t) st.st_blocks * 512 * DEPTH + (uint64_t) last.st_blocks * 512);
        assert_int_equal(remove_tree_at(scratch.fd, "deep"), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_tree, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_hard_links, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_missing, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_deep, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
