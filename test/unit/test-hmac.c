/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of image/hmac.h.
 * Never: makes up its own values.
 * Follows: RFC 4231 section 4. */

#include "scratch.h"

#include "basic/str.h"
#include "image/hmac.h"

static void check(const void *key, size_t key_size, const char *data, const char *expected) {
        char hex[2 * HMAC_SIZE + 1];
        uint8_t mac[HMAC_SIZE];

        assert_return_code(hmac_sha512(key, key_size, data, strlen(data), mac), 0);
        hex_encode(mac, HMAC_SIZE, hex);
        assert_string_equal(hex, expected);
}

static void test_vectors(void **state) {
        uint8_t key[131];

        memset(key, 0x0b, sizeof(key));
        check(key, 20, "Hi There",
              "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
              "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
        check("Jefe", 4, "what do ya want for nothing?",
              "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
              "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
        memset(key, 0xaa, sizeof(key));
        check(key, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
              "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
              "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

static void test_secrets_are_compared_whole(void **state) {
        assert_true(secret_equal("abc", "abc", 3));
        assert_true(secret_equal("abc", "abd", 2));
        assert_true(secret_equal("", "x", 0));
        assert_false(secret_equal("abc", "abd", 3));
        assert_false(secret_equal("abc", "bbc", 3));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vectors),
                cmocka_unit_test(test_secrets_are_compared_whole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
