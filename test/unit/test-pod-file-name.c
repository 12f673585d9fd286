/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/pod-file-name.
 * Never: reads a file.
 * Follows: settings/pod-file-name.h, gantry.pod(5). */

#include "scratch.h"

#include "basic/str.h"
#include "settings/pod-file-name.h"

static void has(const char *text, const char *prefix, const char *instance, const char *path) {
        PodFileName n = {};

        if (pod_file_name_parse(text, &n, NULL) < 0)
                fail_msg("'%s' is refused", text);
        assert_string_equal(n.name, text);
        assert_string_equal(n.prefix, prefix);
        assert_true(streq_ptr(n.instance, instance));
        assert_true(streq_ptr(n.path, path));
        assert_true(startswith(n.unit, "gantry@") && endswith(n.unit, ".service"));
        pod_file_name_done(&n);
}

static void test_good(void **state) {
        has("web", "web", NULL, NULL);
        has("Web_1.2:3", "Web_1.2:3", NULL, NULL);
        has("web@blue", "web", "blue", "blue");
        has("web@", "web", "", "");
        has("web@srv-www", "web", "srv-www", "srv/www");
        has("web@a\\x2db", "web", "a\\x2db", "a-b");
        has("web@a@b", "web", "a@b", "a@b");
        has("web@\\xc3\\xa4", "web", "\\xc3\\xa4", "ä");
}

static void refuses(const char *text, const char *expected) {
        _cleanup_free_ char *why = NULL;
        PodFileName n;

        assert_int_equal(pod_file_name_parse(text, &n, &why), -EINVAL);
        if (!why || !strstr(why, expected))
                fail_msg("'%s': %s", text, why ? why : "no reason");
        assert_int_equal(pod_file_name_parse(text, &n, NULL), -EINVAL);
}

static void test_bad(void **state) {
        char longest[256];

        refuses("", "not the name of a pod file");
        refuses("@", "not the name of a pod file");
        refuses("@blue", "not the name of a pod file");
        refuses(".web", "not the name of a pod file");
        refuses("we b", "not the name of a pod file");
        refuses("web/x", "not the name of a pod file");
        refuses("web@a/b", "not the name of a pod file");
        refuses("web@a\nb", "not the name of a pod file");
        refuses("wäb", "not the name of a pod file");
        refuses("web@a\\x2", "not escaped");
        refuses("web@a\\n", "not escaped");
        refuses("web@\\x00", "not escaped");
        refuses("web@\\x0a", "not escaped");
        refuses("web@\\x5c", "not escaped");
        refuses("web@\\X2d", "not escaped");

        memset(longest, 'x', sizeof(longest) - 1);
        longest[255] = '\0';
        refuses(longest, "too long");
        longest[255 - strlen("gantry@.service")] = '\0';
        has(longest, longest, NULL, NULL);
}

static void expands(const char *name, const char *text, bool for_systemd, const char *expected) {
        _cleanup_free_ char *expanded = NULL, *why = NULL;
        PodFileName n;

        assert_int_equal(pod_file_name_parse(name, &n, NULL), 0);
        int r = pod_file_name_expand(&n, text, for_systemd, &expanded, &why);
        pod_file_name_done(&n);
        if (r < 0)
                fail_msg("'%s': %s", text, why);
        assert_string_equal(expanded, expected);
}

static void test_specifiers(void **state) {
        expands("web@srv-www", "%i", false, "srv-www");
        expands("web@srv-www", "/%I/x", false, "/srv/www/x");
        expands("web@blue", "%n %N %p", false, "gantry@web@blue.service web@blue web");
        expands("web", "%n %N %p", false, "gantry@web.service web web");
        expands("web", "[%i%I]", false, "[]");
        expands("web@", "%p-%i%I", false, "web-instanceinstance");
        expands("web", "50%%", false, "50%");
        expands("web", "%%i%%%p", false, "%i%web");
        expands("web", "", false, "");
        expands("w", "%p%p%p%p%p%p%p%p%n%n%n", false,
                "wwwwwwwwgantry@w.servicegantry@w.servicegantry@w.service");
}

static void test_for_systemd(void **state) {
        expands("web@blue", "%i %% %t %h", true, "blue %% %t %h");
        expands("web@a\\x25b", "%i %I", true, "a\\x25b a%%b");
        expands("web@a\\x25b", "%I", false, "a%b");
}

static void test_unknown_specifiers(void **state) {
        static const char *const bad[][2] = { { "%t", "'%t'" },
                                              { "a%", "'%'" },
                                              { "%%%", "'%'" },
                                              { "% ", "'% '" },
                                              { "%\xc3", "'%\\xc3'" } };
        PodFileName n;

        assert_int_equal(pod_file_name_parse("web", &n, NULL), 0);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_free_ char *expanded = NULL, *why = NULL;

                assert_int_equal(pod_file_name_expand(&n, bad[i][0], false, &expanded, &why), -EINVAL);
                if (!strstr(why, bad[i][1]))
                        fail_msg("'%s': %s", bad[i][0], why);
        }

        _cleanup_free_ char *expanded = NULL, *why = NULL;
        assert_int_equal(pod_file_name_expand(&n, "a%", true, &expanded, &why), -EINVAL);
        pod_file_name_done(&n);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_bad),
                cmocka_unit_test(test_specifiers),
                cmocka_unit_test(test_for_systemd),
                cmocka_unit_test(test_unknown_specifiers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
