/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "basic/str.h"
#include "registry-client/range.h"

static void test_ranges(void **state) {
        static const struct {
                const char *text;
                bool satisfied;
                uint64_t first, last, total;
        } cases[] = {
                { "bytes 0-0/1", true, 0, 0, 1 },
                { "bytes 42-1233/1234", true, 42, 1233, 1234 },
                { "Bytes 42-1233/*", true, 42, 1233, CONTENT_RANGE_UNKNOWN },
                { "bytes */1234", false, 0, 0, 1234 },
                { "bytes */0", false, 0, 0, 0 },
                { "bytes 007-0008/00009", true, 7, 8, 9 },
                { "bytes 0-9223372036854775806/9223372036854775807", true, 0, INT64_MAX - 1, INT64_MAX },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                ContentRange r = {};
                assert_int_equal(content_range_parse(cases[i].text, &r), 0);
                assert_true(r.satisfied == cases[i].satisfied);
                assert_int_equal(r.first, cases[i].first);
                assert_int_equal(r.last, cases[i].last);
                assert_int_equal(r.total, cases[i].total);
        }
}

static void test_ranges_refused(void **state) {
        static const char *const texts[] = {
                "",
                "bytes",
                "bytes ",
                "bytes /",
                "bytes -/",
                "bytes */*",
                "bytes *",
                "bytes */",
                "bytes **/1",
                "bytes *-1/2",
                "bytes 0-*/2",
                "bytes 1-0/2", /* backwards */
                "bytes 0-2/2", /* one too many */
                "bytes 0-0/0", /* of nothing */
                "bytes 0-1",   /* of what? */
                "bytes 0-1/",
                "bytes -1/2",
                "bytes 1-/2",
                "bytes 0--1/2",
                "bytes +0-1/2",
                "bytes 0x0-1/2",
                "bytes 0-1/2 ",
                "bytes  0-1/2",
                " bytes 0-1/2",
                "bytes\t0-1/2",
                "bytes=0-1/2",
                "bytes: 0-1/2",
                "bytes 0-1/2/3",
                "bytes 0-1-2/3",
                "bytes 0-1/2, 3-4/5",
                "bytes 0 - 1/2",
                "bytes 0-1/-1",
                "bytes 0-1/9223372036854775808",
                "bytes 0-18446744073709551615/*",
                "bytes 18446744073709551616-18446744073709551617/*",
                "items 0-1/2",
                "byte 0-1/2",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                ContentRange r = { .total = 77 };
                if (content_range_parse(texts[i], &r) != -EBADMSG || r.total != 77)
                        fail_msg("'%s' is taken", texts[i]);
        }
}

#define NOW 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */

static void test_waits(void **state) {
        static const struct {
                const char *text;
                uint64_t seconds;
        } cases[] = {
                { "0", 0 },
                { "120", 120 },
                { "0120", 120 },
                { "9223372036854775807", INT64_MAX },
                { "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
                { "Sun, 06 Nov 1994 08:49:38 GMT", 1 },
                { "Mon, 07 Nov 1994 08:49:37 GMT", 86400 },
                { "Mon, 07 Nov 1994 00:00:00 GMT", 54623 },
                { "Sun, 06 Nov 1994 08:49:36 GMT", 0 },
                { "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
                { "Thu, 29 Feb 1996 08:49:37 GMT", 41472000 },
                { "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 - NOW },
                { "Sunday, 06-Nov-94 08:49:38 GMT", 1 },
                { "Sun Nov  6 08:49:38 1994", 1 },
                { "Sun Nov 13 08:49:37 1994", 7 * 86400 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint64_t seconds = 77;
                int r = retry_after_parse(cases[i].text, NOW, &seconds);
                if (r != 0 || seconds != cases[i].seconds)
                        fail_msg("'%s': %d, %ju", cases[i].text, r, (uintmax_t) seconds);
        }
}

static void test_waits_refused(void **state) {
        static const char *const texts[] = {
                "",
                " ",
                "-1",
                "+1",
                "1.5",
                "1s",
                " 1",
                "1 ",
                "0x10",
                "1e3",
                "soon",
                "9223372036854775808",
                "99999999999999999999999999",
                "Mon, 06 Nov 1994 08:49:37 GMT", /* was a Sunday */
                "Sun, 6 Nov 1994 08:49:37 GMT",
                "sun, 06 nov 1994 08:49:37 GMT",
                "Sun, 06 Nov 1994 08:49:37",
                "Sun, 06 Nov 1994 08:49:37 UTC",
                "Sun, 06 Nov 1994 08:49:37 +0000",
                "Sun, 06 Nov 1994 08:49:37 GMT ",
                "Sun,  06 Nov 1994 08:49:37 GMT",
                "Sun, 06 Nov 1994 24:00:00 GMT",
                "Sun, 06 Nov 1994 08:60:00 GMT",
                "Sun, 06 Nov 94 08:49:37 GMT",
                "Thu, 30 Feb 1995 08:49:37 GMT",
                "Wed, 29 Feb 1995 08:49:37 GMT",
                "Sun, 06 Foo 1994 08:49:37 GMT",
                "Sun, 00 Nov 1994 08:49:37 GMT",
                "Fri, 31 Dec 10000 23:59:59 GMT",
                "Sunday, 06-Nov-1994 08:49:37 GMT",
                "Sun, 06-Nov-94 08:49:37 GMT",
                "Sun Nov 06 08:49:37 1994",
                "Sun Nov 6 08:49:37 1994",
                "1994-11-06T08:49:37Z",
                "Sun, 06 Nov 1994 08:49:37 GMT, 120",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                uint64_t seconds = 77;
                if (retry_after_parse(texts[i], NOW, &seconds) != -EBADMSG || seconds != 77)
                        fail_msg("'%s' is taken for %ju", texts[i], (uintmax_t) seconds);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ranges),
                cmocka_unit_test(test_ranges_refused),
                cmocka_unit_test(test_waits),
                cmocka_unit_test(test_waits_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
