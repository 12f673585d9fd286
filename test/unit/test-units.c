/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/units.
 * Never: rounds by itself.
 * Follows: basic/units.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "basic/units.h"

static void test_format(void **state) {
        static const struct {
                uint64_t number;
                const char *bytes, *seconds;
        } table[] = {
                { 0, "0 B", "0 s" },
                { 119, "119 B", "119 s" },
                { 120, "120 B", "2 min" },
                { 999, "999 B", "16 min" },
                { 7199, "7.2 kB", "119 min" },
                { 7200, "7.2 kB", "2 h" },
                { 999949, "999.9 kB", "277 h" },
                { 999950, "1.0 MB", "277 h" },
                { 14200000, "14.2 MB", "3944 h" },
                { UINT64_MAX, "18446744.1 TB", "5124095576030431 h" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_string_equal(format_bytes(table[i].number).text, table[i].bytes);
                assert_string_equal(format_seconds(table[i].number).text, table[i].seconds);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_format),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
