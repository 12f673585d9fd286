/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of metadata/form.h.
 * Never: posts anything.
 * Follows: https://url.spec.whatwg.org/#application/x-www-form-urlencoded. */

#include "scratch.h"

#include "basic/str.h"
#include "metadata/form.h"

static void check(const char *form, int result, const char *expected) {
        _cleanup_blob_ Blob value = {};

        assert_int_equal(form_get(cursor_of(form, strlen(form)), "content", &value), result);
        if (result < 0)
                return;
        assert_int_equal(value.size, strlen(expected));
        assert_string_equal(value.data, expected);
}

static void test_values(void **state) {
        check("content=Old+MacDonald+Had+A+Farm", 0, "Old MacDonald Had A Farm");
        check("uuid=x&content=a&signature=y", 0, "a");
        check("content=", 0, "");
        check("content", 0, "");
        check("&&content=a&", 0, "a");
        check("content=a=b%3d%26", 0, "a=b=&");
        check("%63ontent=%C3%bc", 0, "\xc3\xbc");
        check("content=\xff", 0, "\xff");
}

static void test_bytes(void **state) {
        static const char form[] = "content=a%00b";
        _cleanup_blob_ Blob value = {};

        assert_return_code(form_get(cursor_of(form, strlen(form)), "content", &value), 0);
        assert_int_equal(value.size, 3);
        assert_memory_equal(value.data, "a\0b", 4);
}

static void test_what_is_missing(void **state) {
        check("", -ENOENT, NULL);
        check("contents=a&conten=b&Content=c", -ENOENT, NULL);
        check("=content", -ENOENT, NULL);
        check("content%00=a", -ENOENT, NULL);
}

static void test_what_is_wrong(void **state) {
        check("content=a&content=a", -EBADMSG, NULL);
        check("content=a&%63ontent=a", -EBADMSG, NULL);
        check("content=%", -EBADMSG, NULL);
        check("content=%4", -EBADMSG, NULL);
        check("content=%4g", -EBADMSG, NULL);
        check("content=%%41", -EBADMSG, NULL);
        check("content=a&x%=b", -EBADMSG, NULL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_what_is_missing),
                cmocka_unit_test(test_what_is_wrong),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
