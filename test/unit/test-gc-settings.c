/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of gc/amount and gc/settings.
 * Never: reads the configuration of this host.
 * Follows: gantry.conf(5), systemd.time(7). */

#include "scratch.h"

#include "basic/macro.h"
#include "basic/str.h"
#include "gc/settings.h"

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
                { 1025, "1K" }, { 3ULL << 29, "1.5G" }, { 200 << 20, "200M" }, { UINT64_MAX, "16777215T" }
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

static void test_span(void **state) {
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
                { "infinity", AMOUNT_INFINITY },
        };
        static const char *const bad[] = { "",
                                           " ",
                                           "s",
                                           "1x",
                                           "-1",
                                           "1.5h",
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

static void test_parse(void **state) {
        static const char text[] = "[Store]\nMaxUse=10G\nKeepFree=5%\nMaxRetention=30d\n";
        static const char back[] = "[Store]\nMaxUse=\nKeepFree=\nMaxRetention=0\n";
        Settings s = settings_default();

        assert_int_equal(settings_parse(&s, "f", text, strlen(text), NULL), 0);
        assert_int_equal(s.max_use.bytes, 10ULL << 30);
        assert_int_equal(s.keep_free.percent, 5);
        assert_int_equal(s.keep_free.bytes, AMOUNT_INFINITY);
        assert_int_equal(s.max_retention, 30 * 86400);
        assert_int_equal(settings_parse(&s, "f", back, strlen(back), NULL), 0);
        Settings preset = settings_default();
        assert_memory_equal(&s.max_use, &preset.max_use, sizeof(Amount));
        assert_memory_equal(&s.keep_free, &preset.keep_free, sizeof(Amount));
        assert_int_equal(s.max_retention, AMOUNT_INFINITY);
}

static void test_refused(void **state) {
        static const struct {
                const char *text, *why;
        } bad[] = {
                { "[Stor]\nMaxUse=1G\n", "f: line 2: unknown section: 'Stor'" },
                { "[Store]\n\nMaxuse=1G\n", "f: line 3: unknown key: 'Maxuse'" },
                { "[Store]\nKeepFree=1G\nMaxUse=lots\n",
                  "f: line 3: neither a number of bytes (K, M, G or T may follow) nor a percentage (1% to 100%) nor "
                  "'infinity': 'lots'" },
                { "[Store]\nKeepFree=infinity\n",
                  "f: line 2: neither a number of bytes (K, M, G or T may follow) nor a percentage (1% to 100%): "
                  "'infinity'" },
                { "[Store]\nMaxRetention=soon\x1b\n",
                  "f: line 2: not a time span, as '30d' or '2weeks' are: 'soon\\x1b'" },
                { "MaxUse=1G\n", "f: line 1: a key before the first [Section]" },
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                Settings s = settings_default(), before = s;
                char *why = NULL;

                assert_int_equal(settings_parse(&s, "f", bad[i].text, strlen(bad[i].text), &why), -EBADMSG);
                assert_string_equal(why, bad[i].why);
                assert_memory_equal(&s, &before, sizeof(s)); /* all or nothing */
                free(why);
        }
}

static void test_load(void **state) {
        Settings s = settings_default();
        char *why = NULL;

        setenv("GANTRY_CONFIG_ROOT", scratch.path, true);
        assert_int_equal(settings_load(&s, &why), 0);
        assert_int_equal(s.max_use.bytes, AMOUNT_INFINITY);

        scratch_mkdir("etc");
        scratch_mkdir("etc/gantry");
        scratch_mkdir("etc/gantry/gantry.conf.d");
        scratch_write("etc/gantry/gantry.conf", "[Store]\nMaxUse=1G\nMaxRetention=1d\n");
        scratch_write("etc/gantry/gantry.conf.d/50-more.conf", "[Store]\nMaxUse=2G\n");
        assert_int_equal(settings_load(&s, &why), 0);
        assert_int_equal(s.max_use.bytes, 2ULL << 30);
        assert_int_equal(s.max_retention, 86400);

        scratch_write("etc/gantry/gantry.conf.d/60-bad.conf", "[Store]\nMaxUse=1\nUse=2\n");
        assert_int_equal(settings_load(&s, &why), -EBADMSG);
        assert_non_null(strstr(why, "/etc/gantry/gantry.conf.d/60-bad.conf: line 3: unknown key: 'Use'"));
        free(why);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_amount),
                cmocka_unit_test(test_amount_bytes),
                cmocka_unit_test(test_format),
                cmocka_unit_test(test_span),
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_refused),
                cmocka_unit_test_setup_teardown(test_load, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
