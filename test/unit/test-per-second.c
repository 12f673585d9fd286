/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of basic/per-second.h.
 * Never: waits: a second that is over is made up.
 * Follows: basic/per-second.h. */

#include "scratch.h"

#include "basic/per-second.h"

static void test_same_second(void **state) {
        PerSecond p = {};

        assert_int_equal(per_second_count(&p), 0);
        do
                p = (PerSecond) {};
        while (per_second_add(&p, 2) != 2 || per_second_add(&p, 3) != 5); /* unless one has just begun */
        assert_in_range(per_second_count(&p), 0, 5);
}

static void test_next_second(void **state) {
        PerSecond p = {};

        (void) per_second_add(&p, 7);
        p.second--;
        assert_int_equal(per_second_count(&p), 0);
        assert_int_equal(per_second_add(&p, 1), 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_same_second),
                cmocka_unit_test(test_next_second),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
