/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of init/records.
 * Never: knows what the records are about.
 * Follows: init/records.h. */

#include "scratch.h"

#include "basic/fd.h"
#include "init/records.h"
#include "pod/init-config.h"

static int read_bytes(const void *data, size_t size, Records *ret) {
        _cleanup_close_ int fd = memory_file("records", data, size);

        assert_return_code(fd, errno);
        assert_int_equal(lseek(fd, 0, SEEK_END), size); /* it is read from its beginning all the same */
        return records_read(fd, ret);
}

static void expect_record(Records *r, const char *key, const char *value) {
        char *k = NULL, *v = NULL;

        assert_int_equal(records_next(r, &k, &v), 1);
        assert_string_equal(k, key);
        assert_string_equal(v, value);
}

static void test_records(void **state) {
        static const char text[] = "user=1000\0environment=A=B=C\0empty=\0=no key\0user=again";
        char *key, *value;
        Records r = {};

        assert_int_equal(read_bytes(text, sizeof(text), &r), 0);
        expect_record(&r, "user", "1000");
        expect_record(&r, "environment", "A=B=C");
        expect_record(&r, "empty", "");
        expect_record(&r, "", "no key");
        expect_record(&r, "user", "again");
        assert_int_equal(records_next(&r, &key, &value), 0);
        assert_int_equal(records_next(&r, &key, &value), 0);
        records_done(&r);
        assert_null(r.text);
        records_done(&r);
}

static void test_no_value(void **state) {
        static const char text[] = "a=b\0word\0c=d";
        char *key, *value;
        Records r = {};

        assert_int_equal(read_bytes(text, sizeof(text), &r), 0);
        expect_record(&r, "a", "b");
        assert_int_equal(records_next(&r, &key, &value), -EBADMSG);
        assert_int_equal(records_next(&r, &key, &value), -EBADMSG); /* nobody gets past it */
        records_done(&r);
}

static void test_no_records(void **state) {
        _cleanup_free_ char *much = calloc(1, INIT_CONFIG_MAX + 1);
        Records r = {};

        assert_non_null(much);
        assert_int_equal(read_bytes("", 0, &r), -EBADMSG);
        assert_int_equal(read_bytes("a=b", 3, &r), -EBADMSG); /* it does not end */
        assert_int_equal(read_bytes(much, INIT_CONFIG_MAX + 1, &r), -EBADMSG);
        assert_int_equal(records_read(-EBADF, &r), -EBADF);
        assert_null(r.text);

        memset(much, 'x', INIT_CONFIG_MAX - 1);
        much[1] = '=';
        assert_int_equal(read_bytes(much, INIT_CONFIG_MAX, &r), 0);
        expect_record(&r, "x", much + 2);
        records_done(&r);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_records),
                cmocka_unit_test(test_no_value),
                cmocka_unit_test(test_no_records),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
