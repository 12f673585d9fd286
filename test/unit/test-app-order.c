/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/app-order.
 * Never: starts anything in that order.
 * Follows: pod/app-order.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "pod/app-order.h"

#define LIST(...) ((char *const[]) { __VA_ARGS__, NULL })
#define A ((char *) "a")
#define B ((char *) "b")
#define C ((char *) "c")

static void refuses(const AppOrder *apps, size_t n, const char *expected) {
        _cleanup_free_ char *why = NULL;

        assert_int_equal(app_order_check(apps, n, &why), -EINVAL);
        if (!strstr(why, expected))
                fail_msg("'%s' instead of '%s'", why, expected);
}
#define REFUSES(expected, ...)                                                                              \
        refuses((const AppOrder[]) { __VA_ARGS__ }, ELEMENTSOF(((const AppOrder[]) { __VA_ARGS__ })),       \
                expected)

static void accepts(const AppOrder *apps, size_t n) {
        _cleanup_free_ char *why = NULL;

        if (app_order_check(apps, n, &why) != 0)
                fail_msg("%s", why);
}
#define ACCEPTS(...)                                                                                        \
        accepts((const AppOrder[]) { __VA_ARGS__ }, ELEMENTSOF(((const AppOrder[]) { __VA_ARGS__ })))

static void test_names(void **state) {
        ACCEPTS({ .name = A }, { .name = B }, { .name = NULL }, { .name = NULL });
        REFUSES("two apps are called 'a'", { .name = A }, { .name = B }, { .name = A });
        REFUSES("After= of app 'a' names an app that the pod does not have: 'b'",
                { .name = A, .after = LIST(B) });
        REFUSES("Requires= of app 'a' names an app that the pod does not have: 'c'",
                { .name = A, .requires = LIST(B, C) }, { .name = B });
        REFUSES("apps wait for each other: a after a", { .name = A, .after = LIST(A) });
        /* it could be the one that has no name yet */
        ACCEPTS({ .name = A, .after = LIST(B) }, { .name = NULL });
}

static void test_cycles(void **state) {
        ACCEPTS({ .name = A, .after = LIST(B, C) }, { .name = B, .after = LIST(C) }, { .name = C });
        REFUSES("apps wait for each other: a after b after a", { .name = A, .after = LIST(B) },
                { .name = B, .after = LIST(A) });
        REFUSES("b after c after b", { .name = A, .after = LIST(B) }, { .name = B, .after = LIST(C) },
                { .name = C, .after = LIST(B) });
        /* what needs the other is not for that reason later than it */
        ACCEPTS({ .name = A, .requires = LIST(B) }, { .name = B, .after = LIST(A) });
        ACCEPTS({ .name = A, .requires = LIST(B) }, { .name = B, .requires = LIST(A) });
}

/* Each waits for all that are before it: as many ways as there can be. */
static void test_many(void **state) {
        static char names[POD_APPS_MAX + 1][8];
        static char *after[POD_APPS_MAX + 1][POD_APPS_MAX + 1];
        AppOrder apps[POD_APPS_MAX + 1];

        for (size_t i = 0; i < ELEMENTSOF(apps); i++) {
                (void) snprintf(names[i], sizeof(names[i]), "app-%zu", i);
                for (size_t k = 0; k < i; k++)
                        after[i][k] = names[k];
                apps[i] = (AppOrder) { .name = names[i], .after = i < POD_APPS_MAX ? after[i] : NULL };
        }
        accepts(apps, POD_APPS_MAX);
        refuses(apps, POD_APPS_MAX + 1, "129 apps; a pod can have 128");
        after[0][0] = names[POD_APPS_MAX - 1];
        refuses(apps, POD_APPS_MAX, "apps wait for each other: app-0 after app-127 after app-0");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_cycles),
                cmocka_unit_test(test_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
