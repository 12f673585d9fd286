/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of gc/settings.
 * Never: reads the configuration of this host.
 * Follows: gantry.conf(5). */

#include "scratch.h"

#include "basic/macro.h"
#include "basic/str.h"
#include "gc/settings.h"

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
                { "[Stor]\nMaxUse=1G\n", "f: line 1: unknown section: 'Stor'" },
                { "[Store]\nMaxUse=1G\n[KMV]\n", "f: line 3: unknown section: 'KMV'" },
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
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_refused),
                cmocka_unit_test_setup_teardown(test_load, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
