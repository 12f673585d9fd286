/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof that no two pods' levels are the same, nor one that may be asked for that of a range.
 * Never: makes a pod.
 * Follows: pod/pod-level.h. */

#include "basic/macro.h"
#include "pod/pod-identity.h"
#include "pod/pod-level.h"
#include "scratch.h"

static void test_of_range(void **state) {
        char level[POD_LEVEL_MAX];

        pod_level_of_range(POD_UID_MIN, level);
        assert_string_equal(level, "s0:c0,c512");
        pod_level_of_range(POD_UID_MIN + 511 * POD_UID_RANGE, level);
        assert_string_equal(level, "s0:c0,c1023");
        pod_level_of_range(POD_UID_MIN + 512 * POD_UID_RANGE, level);
        assert_string_equal(level, "s0:c1,c512");
        pod_level_of_range(POD_UID_MAX, level);
        assert_string_equal(level, "s0:c55,c1015");
}

static int compare(const void *a, const void *b) {
        return strcmp(a, b);
}

static void test_all_ranges(void **state) {
        enum { RANGES = (POD_UID_MAX - POD_UID_MIN) / POD_UID_RANGE + 1 };
        static char levels[RANGES][POD_LEVEL_MAX];
        char asked[POD_LEVEL_MAX];

        for (size_t i = 0; i < RANGES; i++) {
                pod_level_of_range(POD_UID_MIN + i * POD_UID_RANGE, levels[i]);
                assert_int_equal(pod_level_parse(levels[i], asked), -EINVAL);
        }
        qsort(levels, RANGES, POD_LEVEL_MAX, compare);
        for (size_t i = 1; i < RANGES; i++)
                assert_true(strcmp(levels[i - 1], levels[i]) < 0);
}

static void test_parse(void **state) {
        static const struct {
                const char *text, *level;
        } good[] = {
                { "s0:c0,c1", "s0:c0,c1" },
                { "s0:c42,c17", "s0:c17,c42" },
                { "s0:c511,c510", "s0:c510,c511" },
        };
        static const char *const bad[] = {
                "",
                "s0",
                "s0:",
                "s0:c1",
                "s0:c1,",
                "s0:c1,c1",
                "s1:c1,c2",
                "s0:c1.c2",
                "s0:c1,c2,c3",
                "s0:c1,c512",
                "s0:c1,c2 ",
                "s0:c01,c2",
                "s0:c,c2",
                "s0:c-1,c2",
                "s0:c1,2",
                "s0:c1,c0002",
                "s0-s0:c1,c2",
                "s0:c1,c99999999999999999999",
        };
        char level[POD_LEVEL_MAX];

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                assert_int_equal(pod_level_parse(good[i].text, level), 0);
                assert_string_equal(level, good[i].level);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (pod_level_parse(bad[i], level) != -EINVAL)
                        fail_msg("'%s' is taken for a level", bad[i]);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_of_range),
                cmocka_unit_test(test_all_ranges),
                cmocka_unit_test(test_parse),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
