/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of fetch/platform.h.
 * Never: depends on the machine it runs on.
 * Follows: the OCI image specification, image-index.md ("platform"). */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "basic/str.h"
#include "fetch/platform.h"

static void parses(const char *text, const char *os, const char *architecture, const char *variant) {
        _cleanup_platform_ FetchPlatform p = {};

        assert_return_code(platform_parse(text, &p), 0);
        assert_string_equal(p.os, os);
        assert_string_equal(p.architecture, architecture);
        assert_true(streq_ptr(p.variant, variant));
}

static void test_parse(void **state) {
        static const char *const refused[] = {
                "",
                "/",
                "linux",
                "linux/",
                "/amd64",
                "linux//v7",
                "linux/arm/",
                "linux/arm/v7/",
                "linux/arm/v7/8",
                "Linux/amd64",
                "linux/amd 64",
                "linux/amd64\n",
                "linux/\xc3\xb6",
                "linux/arm//",
                "linux,amd64",
                "linux/*",
        };

        parses("linux/amd64", "linux", "amd64", NULL);
        parses("linux/arm/v7", "linux", "arm", "v7");
        parses("windows/amd64", "windows", "amd64", NULL);
        parses("a-b.c_1/x/y", "a-b.c_1", "x", "y");
        for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
                FetchPlatform p = { .is_host = true };

                if (platform_parse(refused[i], &p) != -EINVAL)
                        fail_msg("'%s' is accepted", refused[i]);
                assert_null(p.os);
        }
}

static void test_host(void **state) {
        _cleanup_platform_ FetchPlatform host = {}, same = {}, variant = {}, other = {};
        char text[128];

        assert_return_code(platform_of_host(&host), 0);
        assert_true(host.is_host);
        assert_string_equal(host.os, "linux");

        (void) snprintf(text, sizeof(text), "linux/%s", host.architecture);
        assert_return_code(platform_parse(text, &same), 0);
        assert_true(same.is_host);
        (void) snprintf(text, sizeof(text), "linux/%s/v0", host.architecture);
        assert_return_code(platform_parse(text, &variant), 0);
        assert_false(variant.is_host);
        (void) snprintf(text, sizeof(text), "freebsd/%s", host.architecture);
        assert_return_code(platform_parse(text, &other), 0);
        assert_false(other.is_host);
}

static void test_check(void **state) {
        static const FetchPlatform here = { .os = (char *) "linux",
                                            .architecture = (char *) "arm",
                                            .variant = (char *) "v7",
                                            .is_host = true },
                                   there = { .os = (char *) "linux", .architecture = (char *) "s390x" };
        static const struct {
                const FetchPlatform *wanted;
                const char *os, *architecture, *why;
        } cases[] = {
                { &here, "linux", "arm", NULL },
                { &there, "linux", "s390x", NULL },
                { &here, "linux", "arm64", "the image is for linux/arm64, this machine is linux/arm" },
                { &there, "linux", "arm", "the image is for linux/arm, asked for was linux/s390x" },
                { &here, "windows", "arm", "the image is for windows/arm, this machine is linux/arm" },
                { &here, NULL, "arm", "the image is for \?/arm, this machine is linux/arm" },
                { &here, "linux", NULL, "the image is for linux/?, this machine is linux/arm" },
                { &here, "\x1b[31m", "'", "the image is for \\x1b[31m/\\x27, this machine is linux/arm" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *why = NULL;

                int r = platform_check(cases[i].wanted, cases[i].os, cases[i].architecture, &why);
                assert_int_equal(r, cases[i].why ? -EBADMSG : 0);
                if (!streq_ptr(why, cases[i].why))
                        fail_msg("'%s'", why);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_host),
                cmocka_unit_test(test_check),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
