/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry-client/link.h.
 * Never: follows a link.
 * Follows: RFC 8288. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "registry-client/link.h"

static void test_found(void **state) {
        static const struct {
                const char *header, *target;
        } cases[] = {
                { "</v2/a/referrers/sha256:00?last=x>; rel=\"next\"", "/v2/a/referrers/sha256:00?last=x" },
                { "<https://a.example/x>;rel=next", "https://a.example/x" },
                { "<x>; REL=Next", "x" },
                { "<x>; rel=\"prev next\"", "x" },
                { "<x>; rel=\" next \"", "x" },
                { "<x> ; title=\"a, b; \\\"c\\\" <d>\" ; rel = next", "x" },
                { "<first>; rel=prev, <second>; rel=next", "second" },
                { "<first>; rel=next, <second>; rel=next", "first" },
                { ", ,<x>;rel=next,,", "x" },
                { "<a,b;c>; rel=next", "a,b;c" },
                { "<>; rel=next", "" },
                { "<x>; crossorigin; rel=next", "x" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *target = NULL;

                if (link_next(cases[i].header, &target) != 1 || !streq(target, cases[i].target))
                        fail_msg("'%s': '%s'", cases[i].header, target);
        }
}

static void test_absent(void **state) {
        static const char *const headers[] = {
                "",
                " , ",
                "<x>",
                "<x>; rel=prev",
                "<x>; rel=\"nextpage\"",
                "<x>; rel=\"\"",
                "<x>; rel",
                "<x>; rel=prev; rel=next", /* the first counts */
                "<x>; title=\"rel=next\"",
                "<x; rel=next>",
        };

        for (size_t i = 0; i < ELEMENTSOF(headers); i++) {
                char *target = NULL;

                if (link_next(headers[i], &target) != 0 || target)
                        fail_msg("'%s'", headers[i]);
        }
}

static void test_refused(void **state) {
        static const char *const headers[] = {
                "x",
                "<x",
                "<x>; rel=\"next",
                "<x>; rel=\"next\\",
                "<x>; rel=\"next\\\"",
                "<x> rel=next",
                "<x>; =next",
                "<x>; rel=next <y>",
                "<x>; rel=next, y",
                "rel=next; <x>",
        };

        for (size_t i = 0; i < ELEMENTSOF(headers); i++) {
                char *target = NULL;

                if (link_next(headers[i], &target) != -EBADMSG || target)
                        fail_msg("'%s'", headers[i]);
        }
}

static void test_too_long(void **state) {
        _cleanup_free_ char *header = malloc(1 << 20);
        char *target = NULL;

        assert_non_null(header);
        memset(header, ',', (1 << 20) - 1);
        header[(1 << 20) - 1] = '\0';
        assert_int_equal(link_next(header, &target), -EBADMSG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_found),
                cmocka_unit_test(test_absent),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_too_long),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
