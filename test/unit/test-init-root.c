/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/init-root.
 * Never: mounts anything.
 * Follows: pod/init-config.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pod/init-root.h"

static void is(const InitRoot *root, const char *expected, size_t size) {
        _cleanup_blob_ Blob orders = {};

        assert_int_equal(init_root_orders(root, &orders), 0);
        assert_int_equal(orders.size, size);
        assert_memory_equal(orders.data, expected, size);
}

static void test_binds(void **state) {
        static const InitBind binds[] = {
                { "/apps/a/gantry", "/run/gantry", true },
                { "/apps/a/mounts/0", "/a=b \n%n", false },
        };
        static const char expected[] = "bind-read-only=/apps/a/gantry\0at=/run/gantry\0"
                                       "bind=/apps/a/mounts/0\0at=/a=b \n%n";

        is(&(InitRoot) { .binds = binds, .n_binds = 2 }, expected, sizeof(expected));
}

static void test_flags(void **state) {
        static const char expected[] = "own-devices=1\0read-only-root=1";

        is(&(InitRoot) { .own_devices = true, .read_only = true }, expected, sizeof(expected));
        is(&(InitRoot) {}, "", 0);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_binds), cmocka_unit_test(test_flags) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
