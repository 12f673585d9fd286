/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof that seccomp/cache gives back what was put in, or nothing.
 * Never: writes to the cache of this machine.
 * Follows: seccomp/cache.h, seccomp/seccomp.h. */

#include "basic/fd.h"
#include "image/hasher.h"
#include "scratch.h"
#include "seccomp/cache.h"
#include "seccomp/seccomp.h"

static const uint64_t program[] = { 1, 2, 3 };
static const Blob filter = { (void *) program, sizeof(program) };

static Digest digest(const char *text) {
        Digest d;

        assert_int_equal(digest_of(DIGEST_SHA256, text, strlen(text), &d), 0);
        return d;
}

static void put(const char *key) {
        Digest d = digest(key);
        assert_int_equal(seccomp_cache_put(scratch.fd, &d, &filter), 0);
}

/* Is it there, and right? */
static bool has(const char *key) {
        _cleanup_blob_ Blob is = {};
        Digest d = digest(key);

        int r = seccomp_cache_get(scratch.fd, &d, &is);
        if (r < 0) {
                assert_int_equal(r, -ENOENT);
                return false;
        }

        assert_int_equal(is.size, filter.size);
        assert_memory_equal(is.data, filter.data, filter.size);
        return true;
}

static char *path_of(const char *key, char path[static 160]) {
        char id[DIGEST_TEXT_MAX];
        Digest d = digest(key);

        digest_format_id(&d, id);
        (void) snprintf(path, 160, "%s.bpf", id);
        return path;
}

static void test_round_trip(void **state) {
        assert_false(has("a"));
        put("a");
        assert_true(has("a"));
        assert_false(has("b"));
        put("a");
        assert_true(has("a"));
}

/* Cut anywhere, or with any byte changed. */
static void test_damage(void **state) {
        _cleanup_blob_ Blob file = {};
        char name[160];

        put("a");
        assert_int_equal(file_read_at(scratch.fd, path_of("a", name), 4096, &file), 0);
        for (size_t i = 0; i < file.size; i++) {
                assert_int_equal(file_publish_at(scratch.fd, name, file.data, i, 0600, true), 0);
                assert_false(has("a"));

                ((char *) file.data)[i] ^= 1;
                assert_int_equal(file_publish_at(scratch.fd, name, file.data, file.size, 0600, true), 0);
                ((char *) file.data)[i] ^= 1;
                assert_false(has("a"));
        }

        put("a");
        assert_true(has("a"));
}

static void test_renamed(void **state) {
        char a[160], b[160];

        put("a");
        assert_int_equal(renameat(scratch.fd, path_of("a", a), scratch.fd, path_of("b", b)), 0);
        assert_false(has("b"));
}

static size_t count(void) {
        _cleanup_closedir_ DIR *d = NULL;
        size_t n = 0;

        assert_int_equal(dir_stream_at(scratch.fd, ".", &d), 0);
        for (struct dirent *de = readdir(d); de; de = readdir(d))
                n += de->d_name[0] != '.';
        return n;
}

static void get(uint64_t capabilities, Blob *ret) {
        assert_int_equal(seccomp_filter_get(&(SeccompSpec) { .capabilities = capabilities }, scratch.fd, ret,
                                            NULL),
                         0);
}

/* The same question finds the same file; another one does not. */
static void test_filters(void **state) {
        _cleanup_blob_ Blob first = {}, second = {}, third = {};

        get(0, &first);
        assert_int_equal(count(), 1);
        get(0, &second);
        assert_int_equal(count(), 1);
        assert_int_equal(first.size, second.size);
        assert_memory_equal(first.data, second.data, first.size);
        get(UINT64_MAX, &third);
        assert_int_equal(count(), 2);
        assert_true(third.size != first.size || memcmp(first.data, third.data, first.size) != 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_round_trip),
                TEST(test_damage),
                TEST(test_renamed),
                TEST(test_filters),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
