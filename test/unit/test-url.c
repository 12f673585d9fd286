/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "basic/str.h"
#include "registry-client/url.h"

static void test_parts(void **state) {
        static const struct {
                const char *text, *authority, *origin;
                bool https, loopback;
        } cases[] = {
                { "https://quay.io/v2/", "quay.io", "https://quay.io:443", true, false },
                { "https://quay.io:443/v2/", "quay.io:443", "https://quay.io:443", true, false },
                { "http://127.0.0.1:5000/", "127.0.0.1:5000", "http://127.0.0.1:5000", false, true },
                { "http://127.1.2.3/", "127.1.2.3", "http://127.1.2.3:80", false, true },
                { "http://[::1]:5000/x", "[::1]:5000", "http://[::1]:5000", false, true },
                { "https://localhost/", "localhost", "https://localhost:443", true, true },
                { "http://localhost.example/", "localhost.example", "http://localhost.example:80", false,
                  false },
                { "http://128.0.0.1/", "128.0.0.1", "http://128.0.0.1:80", false, false },
                { "http://127.0.0.1.example/", "127.0.0.1.example", "http://127.0.0.1.example:80", false,
                  false },
                { "http://[::2]/", "[::2]", "http://[::2]:80", false, false },
                { "HTTPS://quay.io/#fragment", "quay.io", "https://quay.io:443", true, false },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_url_ Url u = {};

                int r = url_parse(cases[i].text, NULL, &u);
                if (r < 0 || !streq(u.authority, cases[i].authority) || !streq(u.origin, cases[i].origin) ||
                    u.https != cases[i].https || u.loopback != cases[i].loopback)
                        fail_msg("'%s': %d, '%s', '%s'", cases[i].text, r, u.authority, u.origin);
                assert_null(strchr(u.text, '#'));
        }
}

static void test_refused(void **state) {
        static const char *const texts[] = {
                "",
                "quay.io",
                "//quay.io/v2",
                "/v2",
                "https://",
                "file:///etc/passwd",
                "ftp://quay.io/",
                "gopher://quay.io/",
                "javascript:alert(1)",
                "https://user@quay.io/",
                "https://user:password@quay.io/",
                "https://quay.io:99999/",
                "https://quay.io:port/",
                "https://quay.io/a b",
                "https://quay.io/a\nb",
                "https://quay.io/\x01",
                "https://../",
                "https://./",
                "https://.quay.io/",
                "https://quay.io%00.example/",
                "https://quay.io%1b.example/",
                "https://quay%2eio%e4/",
                "https://quay.io%25/",
                "https://quay.io%2f.example/",
                "https://qu/ay.io\xc3\xa4",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_url_ Url u = {};

                if (url_parse(texts[i], NULL, &u) != -EINVAL || u.text)
                        fail_msg("'%s' is taken for '%s'", texts[i], u.text);
        }
}

static void test_relative(void **state) {
        static const struct {
                const char *text, *result;
        } cases[] = {
                { "/v2/x/blobs/y", "https://quay.io:8443/v2/x/blobs/y" },
                { "?a=b", "https://quay.io:8443/one/two?a=b" },
                { "three", "https://quay.io:8443/one/three" },
                { "../../../up", "https://quay.io:8443/up" },
                { "//other.example/z", "https://other.example/z" },
                { "http://other.example/z", "http://other.example/z" },
        };
        _cleanup_url_ Url base = {};

        assert_int_equal(url_parse("https://quay.io:8443/one/two?q", NULL, &base), 0);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_url_ Url u = {};

                assert_int_equal(url_parse(cases[i].text, &base, &u), 0);
                assert_string_equal(u.text, cases[i].result);
        }

        _cleanup_url_ Url u = {};
        assert_int_equal(url_parse("//user@other.example/", &base, &u), -EINVAL);
        assert_int_equal(url_parse("file:///etc/passwd", &base, &u), -EINVAL);
}

static void test_query(void **state) {
        _cleanup_url_ Url u = {};

        assert_int_equal(url_parse("https://auth.example/token?fixed=1", NULL, &u), 0);
        assert_int_equal(url_add_query(&u, "service", "a&b=c#d /\r\n"), 0);
        assert_int_equal(url_add_query(&u, "scope", "repository:x/y:pull"), 0);
        assert_string_equal(u.text,
                            "https://auth.example/"
                            "token?fixed=1&service=a%26b%3dc%23d+%2f%0d%0a&scope=repository%3ax%2fy%3apull");
        assert_string_equal(u.authority, "auth.example");
}

static void test_origin(void **state) {
        static const struct {
                const char *a, *b;
                bool same;
        } cases[] = {
                { "https://quay.io/a", "https://quay.io:443/b", true },
                { "https://quay.io/", "https://QUAY.io/", true },
                { "https://quay.io/", "http://quay.io/", false },
                { "https://quay.io/", "https://quay.io:444/", false },
                { "https://quay.io/", "https://quay.io.evil/", false },
                { "http://localhost/", "http://127.0.0.1/", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_url_ Url a = {}, b = {};

                assert_int_equal(url_parse(cases[i].a, NULL, &a), 0);
                assert_int_equal(url_parse(cases[i].b, NULL, &b), 0);
                if (url_same_origin(&a, &b) != cases[i].same)
                        fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parts),    cmocka_unit_test(test_refused),
                cmocka_unit_test(test_relative), cmocka_unit_test(test_query),
                cmocka_unit_test(test_origin),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
