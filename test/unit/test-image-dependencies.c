/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of store/image-dependencies.
 * Never: has images.
 * Follows: store/image-dependencies.h. */

#include "scratch.h"

#include "basic/str.h"
#include "store/image-dependencies.h"

#define HEX64 "abababababababababababababababababababababababababababababababab"
#define LINE "sha512-" HEX64 HEX64 " aci:example.com/base:1.0,os=linux\n"

static Digest some_id(void) {
        Digest id = { .algorithm = DIGEST_SHA512 };

        memset(id.bytes, 0xab, sizeof(id.bytes));
        return id;
}

static void test_write(void **state) {
        _cleanup_dependencies_ ImageDependencies d = {};
        Digest id = some_id();

        assert_int_equal(image_dependencies_write(scratch.fd, &d), 0);
        assert_false(scratch_exists("dependencies"));

        assert_int_equal(image_dependencies_add(&d, &id, "aci:example.com/base:1.0,os=linux"), 0);
        assert_int_equal(image_dependencies_write(scratch.fd, &d), 0);
        scratch_expect("dependencies", LINE);
        assert_int_equal(image_dependencies_add(&d, &id, "aci:example.com/base"), 0);
        assert_int_equal(image_dependencies_write(scratch.fd, &d), 0);
        scratch_expect("dependencies", LINE "sha512-" HEX64 HEX64 " aci:example.com/base\n");
        assert_int_equal(scratch_count("."), 1);

        assert_int_equal(image_dependencies_write(scratch.fd, &(ImageDependencies) {}), 0);
        assert_int_equal(scratch_count("."), 0);
}

static void test_read(void **state) {
        _cleanup_dependencies_ ImageDependencies none = {}, d = {};
        Digest id = some_id();

        assert_int_equal(image_dependencies_read(scratch.fd, &none), 0);
        assert_int_equal(none.n, 0);

        scratch_write("dependencies", LINE LINE);
        assert_int_equal(image_dependencies_read(scratch.fd, &d), 0);
        assert_int_equal(d.n, 2);
        assert_true(digest_equal(&d.items[1].id, &id));
        assert_string_equal(d.items[1].reference, "aci:example.com/base:1.0,os=linux");
}

static void test_read_refuses(void **state) {
        static const char *const bad[] = {
                "\n",
                "x\n",
                "sha512-" HEX64 HEX64 "\n",
                "sha512-" HEX64 HEX64 " \n",
                "sha512-" HEX64 " aci:example.com/base\n",
                "sha256-" HEX64 " aci:example.com/base\n",
                LINE "\n" LINE,
                LINE "sha512-" HEX64 HEX64 " aci:examp",
        };
        ImageDependencies d;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                scratch_write("dependencies", bad[i]);
                if (image_dependencies_read(scratch.fd, &d) != -EBADMSG)
                        fail_msg("accepted: %s", bad[i]);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_write, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_read, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_read_refuses, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
