/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of basic/limit.h.
 * Never: sets a limit that anything here would miss.
 * Follows: getrlimit(2). */

#include "scratch.h"

#include "basic/limit.h"

static void check(const char *text, int resource, rlim_t soft, rlim_t hard) {
        struct rlimit limit;
        int found;

        assert_return_code(limit_parse(text, &found, &limit), 0);
        assert_int_equal(found, resource);
        assert_int_equal(limit.rlim_cur, soft);
        assert_int_equal(limit.rlim_max, hard);
}

static void test_good(void **state) {
        check("NOFILE=1024:2048", RLIMIT_NOFILE, 1024, 2048);
        check("CORE=0", RLIMIT_CORE, 0, 0);
        check("RTTIME=1:infinity", RLIMIT_RTTIME, 1, RLIM_INFINITY);
        check("RTPRIO=infinity", RLIMIT_RTPRIO, RLIM_INFINITY, RLIM_INFINITY);
}

static void test_bad(void **state) {
        static const char *const texts[] = {
                "",          "NOFILE",    "NOFILE=",  "NOFILE=1:",    "NOFILE=:1",
                "NOFILE=-1", "NOFILES=1", "nofile=1", "NOFILE=1:2:3", "NOFILE=many"
        };
        struct rlimit limit;
        int resource;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                assert_int_equal(limit_parse(texts[i], &resource, &limit), -EINVAL);
}

static void test_set(void **state) {
        struct rlimit limits[RLIM_NLIMITS], now;

        for (int i = 0; i < (int) RLIM_NLIMITS; i++)
                assert_return_code(getrlimit(i, &limits[i]), errno);
        limits[RLIMIT_CORE].rlim_cur = 0;
        assert_return_code(limits_set(limits), 0);
        assert_return_code(getrlimit(RLIMIT_CORE, &now), errno);
        assert_int_equal(now.rlim_cur, 0);
        assert_int_equal(now.rlim_max, limits[RLIMIT_CORE].rlim_max);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_bad),
                cmocka_unit_test(test_set),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
