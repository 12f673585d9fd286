/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of basic/cursor.h.
 * Never: reads behind what it gave.
 * Follows: STYLE.md, "Tests". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "basic/cursor.h"

static void test_takes_in_order(void **state) {
        static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 0xff, 0xff, 0xff, 0xfe };
        Cursor c = cursor_of(bytes, sizeof(bytes)), t;
        uint8_t one;
        uint16_t two;
        uint32_t four;

        assert_true(cursor_take_u8(&c, &one));
        assert_int_equal(one, 1);
        assert_true(cursor_take_be16(&c, &two));
        assert_int_equal(two, 0x0203);
        assert_true(cursor_take_be32(&c, &four));
        assert_int_equal(four, 0x04050607);
        assert_true(cursor_take(&c, 0, &t));
        assert_int_equal(t.n, 0);
        assert_true(cursor_take_be32(&c, &four));
        assert_true(four == 0xfffffffe); /* no sign crept in */
        assert_int_equal(c.n, 0);
        assert_ptr_equal(c.p, bytes + sizeof(bytes));
}

static void test_refuses_and_changes_nothing(void **state) {
        for (size_t n = 0; n < 5; n++) {
                uint8_t *bytes = malloc(n + 1),
                        one = 9; /* of the exact size, so that reading too far is seen */
                Cursor c = cursor_of(bytes, n), before = c, t = { .n = 77 };
                uint16_t two = 9;
                uint32_t four = 9;

                assert_non_null(bytes);
                memset(bytes, 0, n + 1);
                if (n < 1)
                        assert_false(cursor_take_u8(&c, &one));
                if (n < 2)
                        assert_false(cursor_take_be16(&c, &two));
                if (n < 4)
                        assert_false(cursor_take_be32(&c, &four));
                assert_false(cursor_take(&c, n + 1, &t));
                assert_false(cursor_take(&c, SIZE_MAX, &t));

                assert_ptr_equal(c.p, before.p);
                assert_int_equal(c.n, before.n);
                assert_int_equal(t.n, 77);
                assert_int_equal(one, 9);
                assert_int_equal(two, 9);
                assert_int_equal(four, 9);
                free(bytes);
        }
}

static void test_nothing_at_all(void **state) {
        Cursor c = cursor_of(NULL, 0), t;

        assert_true(cursor_take(&c, 0, &t));
        assert_false(cursor_take(&c, 1, &t));
        assert_true(cursor_equal(c, NULL, 0));
        assert_true(cursor_equal(c, "", 0));
        assert_false(cursor_equal(c, "x", 1));
}

static void test_part_is_bounded(void **state) {
        Cursor c = cursor_of("abcdef", 6), start = c, part, t;

        assert_true(cursor_take(&c, 4, &part));
        assert_true(cursor_equal(part, "abcd", 4));
        assert_false(cursor_equal(part, "abce", 4));
        assert_false(cursor_equal(part, "abcde", 5));
        assert_false(cursor_take(&part, 5, &t));
        assert_true(cursor_equal(c, "ef", 2));
        assert_true(cursor_equal(cursor_since(start, &c), "abcd", 4));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_takes_in_order),
                cmocka_unit_test(test_refuses_and_changes_nothing),
                cmocka_unit_test(test_nothing_at_all),
                cmocka_unit_test(test_part_is_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
