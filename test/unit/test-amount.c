/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/amount.
 * Never: depends on the locale.
 * Follows: systemd.time(7), journald.conf(5). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "basic/amount.h"
#include "basic/macro.h"

static void test_amount(void **state) {
        static const struct {
                const char *text;
                uint64_t bytes;
                unsigned percent;
        } good[] = {
                { "0", 0, 0 },
                { "1", 1, 0 },
                { "1K", 1024, 0 },
                { "500M", 500ULL << 20, 0 },
                { "1.5G", 3ULL << 29, 0 },
                { "0.25K", 256, 0 },
                { "2T", 2ULL << 40, 0 },
                { "1.5P", 3ULL << 49, 0 },
                { "15E", 15ULL << 60, 0 },
                { "infinity", AMOUNT_INFINITY, 0 },
                { "1%", AMOUNT_INFINITY, 1 },
                { "100%", AMOUNT_INFINITY, 100 },
        };
        static const char *const bad[] = {
                "",
                " ",
                "-1",
                "+1",
                "1k",
                "1KB",
                "1 K",
                "K",
                ".5G",
                "1.G",
                "1.5",
                "1.5555G",
                "0x10",
                "0%",
                "101%",
                "1.5%",
                "%",
                "1%%",
                "INFINITY",
                "1G ",
                "18446744073709551615",
                "18446744073709551616",
                "16777216T",
                "16E",
                "99999999999999999999%",
        };
        Amount a;

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                if (amount_parse(good[i].text, &a) < 0 || a.bytes != good[i].bytes ||
                    a.percent != good[i].percent)
                        fail_msg("'%s'", good[i].text);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (amount_parse(bad[i], &a) >= 0)
                        fail_msg("'%s' was taken", bad[i]);
}

static void test_amount_bytes(void **state) {
        assert_int_equal(amount_bytes(&(Amount) { 7, 0 }, 100), 7);
        assert_int_equal(amount_bytes(&(Amount) { AMOUNT_INFINITY, 15 }, 1000), 150);
        assert_int_equal(amount_bytes(&(Amount) { 100, 15 }, 1000), 100); /* whichever is less */
        assert_int_equal(amount_bytes(&(Amount) { 200, 15 }, 1000), 150);
        assert_int_equal(amount_bytes(&(Amount) { AMOUNT_INFINITY, 50 }, 199), 99);
        assert_int_equal(amount_bytes(&(Amount) { AMOUNT_INFINITY, 100 }, UINT64_MAX), UINT64_MAX);
}

static void test_format(void **state) {
        static const struct {
                uint64_t bytes;
                const char *text;
        } sizes[] = {
                { 0, "0" },     { 1023, "1023" },       { 1024, "1K" },        { 1536, "1.5K" },
                { 1025, "1K" }, { 3ULL << 29, "1.5G" }, { 200 << 20, "200M" }, { UINT64_MAX, "15.9E" }
        };
        static const struct {
                uint64_t seconds;
                const char *text;
        } spans[] = { { 0, "0s" },
                      { 59, "59s" },
                      { 60, "1min" },
                      { 90, "1min 30s" },
                      { 86400 * 3 + 7, "3d 7s" },
                      { 3600 * 25 + 61, "1d 1h" },
                      { UINT64_MAX, "584542046090y 7month" } };
        char text[32];

        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                amount_format(sizes[i].bytes, text);
                assert_string_equal(text, sizes[i].text);
        }
        for (size_t i = 0; i < ELEMENTSOF(spans); i++) {
                span_format(spans[i].seconds, text);
                assert_string_equal(text, spans[i].text);
        }
}

static void test_seconds(void **state) {
        static const struct {
                const char *text;
                uint64_t seconds;
        } good[] = {
                { "0", 0 },
                { "90", 90 },
                { "90s", 90 },
                { "30min", 1800 },
                { "2h", 7200 },
                { "1d", 86400 },
                { "2weeks", 1209600 },
                { "1h 30min", 5400 },
                { "1h30min", 5400 },
                { "3 days", 259200 },
                { "1M", 2629800 },
                { "1y", 31557600 },
                { "1.5h", 5400 },
                { "1h1000ms", 3601 },
                { "infinity", AMOUNT_INFINITY },
        };
        static const char *const bad[] = { "",
                                           " ",
                                           "s",
                                           "1x",
                                           "-1",
                                           "1h,",
                                           "1h infinity",
                                           "1ms",
                                           "1 h m",
                                           "18446744073709551615y",
                                           "99999999999999999999" };
        uint64_t seconds;

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                if (span_parse(good[i].text, &seconds) < 0 || seconds != good[i].seconds)
                        fail_msg("'%s'", good[i].text);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (span_parse(bad[i], &seconds) >= 0)
                        fail_msg("'%s' was taken", bad[i]);
}

static void test_microseconds(void **state) {
        static const struct {
                const char *text;
                uint64_t usec;
        } good[] = {
                { "1", 1000000 },
                { "0.5", 500000 },
                { "100ms", 100000 },
                { "7us", 7 },
                { "7µs", 7 },
                { "1.5 min", 90000000 },
                { "55s500ms", 55500000 },
                { "2 h 1msec", 7200001000 },
                { "infinity", AMOUNT_INFINITY },
        };
        static const char *const bad[] = { "1ns", "0.", "1..5s", "1.5.5s", "1 . 5s", "us", "584543y" };
        uint64_t usec;

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                if (span_parse_usec(good[i].text, &usec) < 0 || usec != good[i].usec)
                        fail_msg("'%s'", good[i].text);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (span_parse_usec(bad[i], &usec) >= 0)
                        fail_msg("'%s' was taken", bad[i]);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_amount),       cmocka_unit_test(test_amount_bytes),
                cmocka_unit_test(test_format),       cmocka_unit_test(test_seconds),
                cmocka_unit_test(test_microseconds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
