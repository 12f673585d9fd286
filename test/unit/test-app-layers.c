/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/app-layers.h.
 * Never: makes a pod but a directory with what is asked for in it.
 * Follows: pod/app-layers.h. */

#include "scratch.h"

#include "basic/fd.h"
#include "pod/app-layers.h"

#define ID "sha256-0101010101010101010101010101010101010101010101010101010101010101"

static Digest make_id(DigestAlgorithm algorithm, uint8_t byte) {
        Digest d = { .algorithm = algorithm };

        memset(d.bytes, byte, digest_size(algorithm));
        return d;
}

static void test_round_trip(void **state) {
        const Digest layers[] = { make_id(DIGEST_SHA256, 1), make_id(DIGEST_SHA512, 2) };
        const PodDir p = { .fd = scratch.fd };
        _cleanup_free_ Digest *read = NULL, *none = NULL;
        size_t n = 99;

        assert_int_equal(app_layers_read(&p, "web", &read, &n), -ENOENT);
        assert_int_equal(app_layers_write(&p, "web", layers, 2), 0);
        assert_int_equal(app_layers_read(&p, "web", &read, &n), 0);
        assert_int_equal(n, 2);
        assert_true(digest_equal(&read[0], &layers[0]) && digest_equal(&read[1], &layers[1]));
        assert_int_equal(app_layers_write(&p, "web", layers, 2), -EEXIST);

        assert_int_equal(app_layers_write(&p, "empty", NULL, 0), 0);
        assert_int_equal(app_layers_read(&p, "empty", &none, &n), 0);
        assert_int_equal(n, 0);
}

static void test_refused(void **state) {
        static const char *const texts[] = { "\n",     "x\n",    ID "\n\n",     "\n" ID "\n",
                                             ID " \n", ID "0\n", ID "\n" ID "x" };
        const PodDir p = { .fd = scratch.fd };
        Digest *read = NULL;
        size_t n;

        assert_int_equal(app_layers_write(&p, "web", NULL, 0), 0);
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                scratch_write("apps/web/layers", texts[i]);
                assert_int_equal(app_layers_read(&p, "web", &read, &n), -EBADMSG);
                assert_null(read);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_round_trip, scratch_setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_refused, scratch_setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
