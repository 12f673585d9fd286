/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "registry-client/challenge.h"

static void expect(const char *header, const char *realm, const char *service, const char *scope) {
        Challenge c = {};
        char *why = NULL;

        int r = challenge_find(header, "Bearer", &c, &why);
        if (r != 1)
                fail_msg("'%s': %d, %s", header, r, why ? why : "no reason");
        if (!streq_ptr(c.realm, realm) || !streq_ptr(c.service, service) || !streq_ptr(c.scope, scope))
                fail_msg("'%s': realm '%s', service '%s', scope '%s'", header, c.realm, c.service, c.scope);
        challenge_done(&c);
}

static void test_registries(void **state) {
        expect("Bearer "
               "realm=\"https://auth.docker.io/"
               "token\",service=\"registry.docker.io\",scope=\"repository:library/x:pull\"",
               "https://auth.docker.io/token", "registry.docker.io", "repository:library/x:pull");
        expect("Bearer realm=\"https://quay.io/v2/auth\", service=\"quay.io\"", "https://quay.io/v2/auth",
               "quay.io", NULL);
        expect("Bearer realm=\"https://r/t\",error=\"insufficient_scope\"", "https://r/t", NULL, NULL);
}

static void test_grammar(void **state) {
        expect("bEARER REALM=\"a\"", "a", NULL, NULL);
        expect("Bearer realm=token", "token", NULL, NULL);
        expect("Bearer \t realm \t=\t \"a\" \t", "a", NULL, NULL);
        expect(",, ,Bearer realm=\"a\",, ,service=\"b\",,", "a", "b", NULL);
        expect("Bearer realm=\"a \\\"quoted\\\", and \\\\\"", "a \"quoted\", and \\", NULL, NULL);
        expect("Bearer scope=\"repository:a:pull repository:b:pull,push\", realm=\"r\"", "r", NULL,
               "repository:a:pull repository:b:pull,push");
        expect("Bearer realm=\"\"", "", NULL, NULL);
        expect("Bearer", NULL, NULL, NULL);
        expect("Bearer realm=", NULL, NULL, NULL); /* a token68 with its padding */
        expect("Bearer error=\"twice\", error=\"is nothing to us\", realm=\"r\"", "r", NULL, NULL);
}

static void test_several(void **state) {
        expect("Basic realm=\"b\", Bearer realm=\"a\"", "a", NULL, NULL);
        expect("Bearer realm=\"a\", Basic realm=\"b\", service=\"not ours\"", "a", NULL, NULL);
        expect("Negotiate, Bearer realm=\"a\"", "a", NULL, NULL);
        expect("Negotiate YIIabc+/=, Bearer realm=\"a\"", "a", NULL, NULL);
        expect("Negotiate abc==, NTLM , Bearer realm=\"a\"", "a", NULL, NULL);
        expect("Bearer realm=\"first\", Bearer realm=\"second\"", "first", NULL, NULL);
        expect("Basic realm=\"Bearer realm=\\\"no\\\"\", Bearer realm=\"yes\"", "yes", NULL, NULL);
}

static void test_absent(void **state) {
        static const char *const headers[] = {
                "",
                " ",
                ",",
                "Basic realm=\"b\"",
                "BearerX realm=\"a\"",
                "Basic Bearer",
                "Basic realm=\"Bearer realm=x\"",
        };

        for (size_t i = 0; i < ELEMENTSOF(headers); i++) {
                Challenge c = {};
                assert_int_equal(challenge_find(headers[i], "Bearer", &c, NULL), 0);
                assert_null(c.realm);
        }
}

static void test_refused(void **state) {
        static const char *const headers[] = {
                "Bearer realm=\"never ends",
                "Bearer realm=\"ends in a backslash\\",
                "Bearer realm=\"line\nbreak\"",
                "Bearer realm=\"carriage\r\n return\"",
                "Bearer realm=\"escaped \\\n break\"",
                "Bearer realm=\"delete \x7f\"",
                "Bearer realm=\"a\"realm=\"b\"",
                "Bearer realm=\"a\" service=\"b\"",
                "Bearer realm=\"a\", realm=\"b\"",
                "Bearer service=\"a\", SERVICE=\"a\", realm=\"b\"",
                "Bearer realm=a b",
                "Bearer realm=,service=\"a\"",
                "Bearer =\"a\"",
                "Bearer, realm=\"a\"",
                "realm=\"a\"",
                "Bearer \"a\"",
                "\"Bearer\" realm=\"a\"",
                "Bearer realm=(comment)",
                "Bearer abc=def=ghi",
                "Bearer\vrealm=\"a\"",
                "Bearer realm=\"a\", ;",
                "Basic realm=\"never ends, Bearer realm=\"a\"",
        };

        for (size_t i = 0; i < ELEMENTSOF(headers); i++) {
                Challenge c = {};
                char *why = NULL;

                int r = challenge_find(headers[i], "Bearer", &c, &why);
                if (r != -EBADMSG || !why || c.realm)
                        fail_msg("'%s': %d, %s", headers[i], r, why ? why : "no reason");
                free(why);
                assert_int_equal(challenge_find(headers[i], "Bearer", &c, NULL), -EBADMSG);
        }
}

static void test_too_long(void **state) {
        char *header = malloc(1 << 20);
        Challenge c = {};

        assert_non_null(header);
        memset(header, 'a', (1 << 20) - 1);
        header[(1 << 20) - 1] = '\0';
        assert_int_equal(challenge_find(header, "Bearer", &c, NULL), -EBADMSG);
        memset(header, ',', (1 << 20) - 1);
        assert_int_equal(challenge_find(header, "Bearer", &c, NULL), -EBADMSG);
        free(header);
}

/* Whatever is cut off or changed: an answer, no crash, and never half a challenge. */
static void test_damaged(void **state) {
        static const char whole[] = "Basic realm=\"b\", Bearer realm=\"https://a/t\",service=\"s \\\" "
                                    "s\",scope=repository";
        char header[sizeof(whole)];

        for (size_t i = 0; i < sizeof(whole); i++)
                for (int byte = 0; byte < 256; byte++) {
                        Challenge c = {};

                        memcpy(header, whole, sizeof(whole));
                        header[i] = byte;
                        header[sizeof(whole) - 1] = '\0';
                        int r = challenge_find(header, "Bearer", &c, NULL);
                        assert_true(r == 0 || r == 1 || r == -EBADMSG);
                        if (r < 1)
                                assert_true(!c.realm && !c.service && !c.scope);
                        challenge_done(&c);
                }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_registries), cmocka_unit_test(test_grammar),
                cmocka_unit_test(test_several),    cmocka_unit_test(test_absent),
                cmocka_unit_test(test_refused),    cmocka_unit_test(test_too_long),
                cmocka_unit_test(test_damaged),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
