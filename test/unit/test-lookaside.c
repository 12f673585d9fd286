/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry/lookaside.h.
 * Never: asks one.
 * Follows: gantry-registries.d(5). */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "registry/lookaside.h"

static void test_web(void **state) {
        static const struct {
                const char *text, *url, *host;
        } cases[] = {
                { "https://a.example", "https://a.example", "a.example" },
                { "https://a.example/", "https://a.example", "a.example" },
                { "https://a.example:8443/sig/store//", "https://a.example:8443/sig/store",
                  "a.example:8443" },
                { "http://[::1]:80/x", "http://[::1]:80/x", "[::1]:80" },
                { "https://a.example/a%20b/~c", "https://a.example/a%20b/~c", "a.example" },
                { "https://a.example/.well-known/...", "https://a.example/.well-known/...", "a.example" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *url = NULL, *host = NULL, *why = NULL;

                if (lookaside_parse(cases[i].text, &url, &why) < 0)
                        fail_msg("%s", why);
                assert_string_equal(url, cases[i].url);
                assert_null(lookaside_directory(url));
                assert_return_code(lookaside_host(url, &host), 0);
                assert_string_equal(host, cases[i].host);
        }
}

static void test_directory(void **state) {
        _cleanup_free_ char *url = NULL;

        assert_return_code(lookaside_parse("file:///var/lib/containers/sigstore/", &url, NULL), 0);
        assert_string_equal(url, "file:///var/lib/containers/sigstore");
        assert_string_equal(lookaside_directory(url), "/var/lib/containers/sigstore");
}

static void test_refused(void **state) {
        static const char *const texts[] = {
                "",
                "/srv/signatures",
                "a.example/x",
                "ftp://a.example/x",
                "HTTPS://a.example/x",
                "https://",
                "https:///x",
                "https://user@a.example/x",
                "https://user:secret@a.example/x",
                "https://a.example:x/y",
                "https://a.example/x?y",
                "https://a.example/x#y",
                "https://a.example?x",
                "https://a.example/a b",
                "https://a.example/\xc3\xa4",
                "https://a.example/x/../y",
                "https://a.example/..",
                "https://a.example/./x",
                "file://",
                "file:///",
                "file:////",
                "file:/srv",
                "file://localhost/srv",
                "file://srv",
                "file:///srv/../etc",
                "file:///srv/%2e%2e",
                "file:///srv/..",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_free_ char *why = NULL;
                char *url = NULL;

                if (lookaside_parse(texts[i], &url, &why) != -EINVAL || url || !why)
                        fail_msg("'%s'", texts[i]);
        }
}

static void test_too_long(void **state) {
        char text[1200] = "https://a.example/";
        char *url = NULL;

        memset(text + strlen(text), 'a', 1100);
        assert_int_equal(lookaside_parse(text, &url, NULL), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_web),
                cmocka_unit_test(test_directory),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_too_long),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
