/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of store/verity.h, against what `fsverity digest` says of the same bytes.
 * Never: needs a file system that offers fs-verity; where there is one, the kernel must agree.
 * Follows: Documentation/filesystems/fsverity.rst. */

#include "scratch.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "store/verity.h"

#define BLOCK 4096u

/* Each block is different, so that none can take another's place. */
static int make_file(uint64_t size) {
        uint8_t block[BLOCK];
        int fd = openat(scratch.fd, "file", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        for (uint64_t offset = 0; offset < size; offset += BLOCK) {
                size_t n = MIN(size - offset, (uint64_t) BLOCK);

                for (size_t i = 0; i < n; i++)
                        block[i] = (offset + i) * 31 + offset / BLOCK;
                assert_int_equal(fd_write_full(fd, block, n), 0);
        }

        return fd;
}

static void expect(const Digest *digest, const char *wanted) {
        char hex[65];

        assert_int_equal(digest->algorithm, DIGEST_SHA256);
        hex_encode(digest->bytes, 32, hex);
        assert_string_equal(hex, wanted);
}

/* Sizes around one block of data, one block of hashes, and one of the hashes of those. */
static void test_compute(void **state) {
        static const struct {
                uint64_t size;
                const char *digest;
        } cases[] = {
                { 0, "3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95" },
                { 1, "b803429503d95915829b29fdbc8bbad142f3abfd11b1cadf5526582e685c0551" },
                { 4096, "fd2da0056dd5efbed78468c371717b57e71c7189bf2698a96bdefc4b14c875f3" },
                { 4097, "55948f6041d8f87d9bb200776300310673bc5afd841adcea72e7904fb34125ae" },
                { 8192, "2d697f0c2b0431f50b4c0028839c07f65b606f5624f6af4f1328a30f0c57c9f7" },
                { 524288, "214dcedc40d3fe72765733ac123544f5fdd644ca1e1e692a942089d2ab50ace3" },
                { 524289, "5fdcfe47a593c188131dd7281facf89d98d9633b36a06f1e2761b6ff5ca85701" },
                { 528384, "7c2c4559e8bbd5984f25c007003377fa22055a3c123d7c772b6979199135b26a" },
                { 67108864, "d1390d0832eb4c206c608fbfdf5e6da2342c9071fbedfc5a8309aa7634ea329b" },
                { 67113864, "198539123a93c072a7dc25fed1f6bba9e3949de6083199797fdcbb3b4cd6bf53" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Digest digest;
                _cleanup_close_ int fd = make_file(cases[i].size);

                assert_int_equal(verity_compute(fd, &digest), 0);
                expect(&digest, cases[i].digest);
        }
}

static void test_compute_unreadable(void **state) {
        Digest digest;
        _cleanup_close_ int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

        assert_int_equal(verity_compute(fd, &digest), -EBADF);
}

static void test_kernel(void **state) {
        Digest digest, computed;
        char path[64];
        int writable = make_file(100000);

        assert_int_equal(verity_measure(writable, &digest), -ENODATA);
        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", writable);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        fd_close(writable);

        int r = verity_enable(fd);
        if (r == -EOPNOTSUPP)
                skip();
        assert_int_equal(r, 0);
        assert_int_equal(verity_enable(fd), 0);
        assert_int_equal(verity_compute(fd, &computed), 0);
        assert_int_equal(verity_measure(fd, &digest), 0);
        assert_true(digest_equal(&digest, &computed));
}

/* An argument says which tests are wanted: an emulated guest has time for the kernel's only. */
int main(int argc, char *argv[]) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_compute, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_compute_unreadable, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_kernel, scratch_setup, scratch_teardown),
        };

        cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
