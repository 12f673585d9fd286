/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of image/host.h.
 * Never: asks a resolver.
 * Follows: STYLE.md, "Tests". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "basic/str.h"
#include "image/host.h"

static void test_valid(void **state) {
        static const char *const good[] = { "a",     "quay.io",    "localhost:5000",    "127.0.0.1",
                                            "[::1]", "[::1]:5000", "a-b.example:65535", "UPPER.example" };
        static const char *const bad[] = { "",       ".",       "..",  "a.",    ".a",   "a..b", "-a",
                                           "a-",     "a_b",     "a b", "a/b",   "a:",   ":1",   "a:0",
                                           "a:01",   "a:65536", "a:b", "a:1:2", "[::1", "[]",   "[::1]x",
                                           "[::1]:", "[::1]:0", "[a]", "::1",   "a@b",  "*.a" };

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                if (!host_is_valid(good[i]))
                        fail_msg("'%s' is refused", good[i]);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (host_is_valid(bad[i]))
                        fail_msg("'%s' is accepted", bad[i]);
}

static void test_loopback(void **state) {
        static const char *const ours[] = {
                "localhost", "LocalHost:80", "127.0.0.1",        "127.255.255.255:5000",
                "[::1]",     "[::1]:5000",   "[0:0:0:0:0:0:0:1]"
        };
        static const char *const theirs[] = { "",
                                              "localhost.example",
                                              "notlocalhost",
                                              "128.0.0.1",
                                              "126.0.0.1",
                                              "127.0.0.1.example",
                                              "127.1",
                                              "[::2]",
                                              "[::]",
                                              "[::1",
                                              "::1",
                                              "0.0.0.0",
                                              "localhost/x" };

        for (size_t i = 0; i < ELEMENTSOF(ours); i++)
                if (!host_is_loopback(ours[i]))
                        fail_msg("'%s' is this machine", ours[i]);
        for (size_t i = 0; i < ELEMENTSOF(theirs); i++)
                if (host_is_loopback(theirs[i]))
                        fail_msg("'%s' is not this machine", theirs[i]);
}

static void test_canonical(void **state) {
        assert_string_equal(host_canonical("index.docker.io"), "docker.io");
        assert_string_equal(host_canonical("registry-1.docker.io"), "docker.io");
        assert_string_equal(host_canonical("docker.io"), "docker.io");
        assert_string_equal(host_canonical("index.docker.io:443"), "index.docker.io:443");
        assert_string_equal(host_canonical("quay.io"), "quay.io");
}

static void test_path_match(void **state) {
        assert_int_equal(host_path_match("quay.io", "quay.io"), 7);
        assert_int_equal(host_path_match("quay.io", "quay.io/a"), 7);
        assert_int_equal(host_path_match("quay.io/a", "quay.io/a/b"), 9);
        assert_int_equal(host_path_match("quay.io/a", "quay.io/ab"), -1);
        assert_int_equal(host_path_match("quay.io/a/b", "quay.io/a"), -1);
        assert_int_equal(host_path_match("quay.io", "quay.io:5000/a"), -1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_valid),
                cmocka_unit_test(test_loopback),
                cmocka_unit_test(test_canonical),
                cmocka_unit_test(test_path_match),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
