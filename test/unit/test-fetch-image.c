/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests src/fetch/image.c: what becomes of an image whose fetch ends without a name. */

#include "unit/scratch.h"

#include "basic/fd.h"
#include "fetch/image.h"
#include "store/image-dir.h"
#include "store/image-layers.h"

static const Digest id = { .algorithm = DIGEST_SHA256, .bytes = { 1 } };
static Store *store;

static int setup(void **state) {
        return scratch_setup(state) < 0 || store_open(scratch_path("store"), STORE_CREATE, &store) < 0 ||
                                               image_dir_publish(store, &id,
                                                                 &(ImageFile) { "manifest", "{}", 2 }, 1) < 0
                               ? -1
                               : 0;
}

static int teardown(void **state) {
        store = store_close(store);
        return scratch_teardown(state);
}

static bool is_there(void) {
        _cleanup_close_ int fd = image_dir_open(store, &id);
        return fd >= 0;
}

static void give_up(void) {
        _cleanup_image_ Image image = IMAGE_NULL;
        assert_int_equal(image_open(store, &id, &image), 0);
}

static void test_new(void **state) {
        give_up();
        assert_false(is_there());
}

static void test_shared(void **state) {
        _cleanup_image_ Image other = IMAGE_NULL;

        assert_int_equal(image_open(store, &id, &other), 0);
        give_up();
        assert_true(is_there());
}

static void test_named(void **state) {
        assert_int_equal(image_ref_set(store, "example.org/a:1", &id), 0);
        give_up();
        assert_true(is_there());
}

/* Its name is another image's by now, and pods may be made of it. */
static void test_complete(void **state) {
        _cleanup_close_ int fd = image_dir_open(store, &id);

        assert_int_equal(image_layers_write(fd, &(LayerRecord) { .id = id, .verity = id }, 1), 0);
        give_up();
        assert_true(is_there());
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_new, setup, teardown),
                cmocka_unit_test_setup_teardown(test_shared, setup, teardown),
                cmocka_unit_test_setup_teardown(test_named, setup, teardown),
                cmocka_unit_test_setup_teardown(test_complete, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
