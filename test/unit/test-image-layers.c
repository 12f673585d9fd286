/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of store/image-layers.h and of what store/layer.h notes down and checks.
 * Never: touches a store but its own below the scratch directory.
 * Follows: docs/STORE.md. */

#include "scratch.h"

#include <sys/file.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "store/image-dir.h"
#include "store/image-layers.h"
#include "store/lock.h"
#include "store/verity.h"

static Store *store;

static int setup(void **state) {
        return scratch_setup(state) < 0 || store_open(scratch_path("store"), STORE_CREATE, &store) < 0 ? -1
                                                                                                       : 0;
}

static int teardown(void **state) {
        store = store_close(store);
        return scratch_teardown(state);
}

static Digest make_id(uint8_t byte) {
        Digest d = { .algorithm = DIGEST_SHA256 };

        memset(d.bytes, byte, 32);
        return d;
}

static LayerRecord make_layer(uint8_t byte, const char *text) {
        Digest id = make_id(byte);
        LayerRecord record;

        int fd = layer_create(store);
        assert_int_equal(fd_write_full(fd, text, strlen(text)), 0);
        assert_int_equal(layer_publish(store, fd, &id), 1);
        assert_int_equal(image_layers_find(store, &id, &id, &record), 0);
        return record;
}

static int make_image(uint8_t byte) {
        Digest id = make_id(byte);

        assert_int_equal(image_dir_publish(store, &id, &(ImageFile) { "manifest", "{}", 2 }, 1), 0);
        return image_dir_open(store, &id);
}

static int open_layer(uint8_t byte) {
        Digest id = make_id(byte);
        return layer_open(store, &id);
}

static void expect_equal(const LayerRecord *a, const LayerRecord *b) {
        assert_true(digest_equal(&a->id, &b->id));
        assert_true(digest_equal(&a->verity, &b->verity));
        assert_int_equal(a->size, b->size);
        assert_int_equal(a->inode, b->inode);
        assert_int_equal(a->changed_nsec, b->changed_nsec);
}

static void test_round_trip(void **state) {
        LayerRecord layers[] = { make_layer(1, "one"), make_layer(2, "two, longer") };
        _cleanup_free_ LayerRecord *read = NULL, *none = NULL;
        struct stat before, after;
        size_t n;

        _cleanup_close_ int image = make_image(9);
        assert_int_equal(image_layers_read(image, &read, &n), -ENOENT);
        assert_int_equal(image_layers_write(image, layers, 2), 0);
        assert_int_equal(image_layers_read(image, &read, &n), 0);
        assert_int_equal(n, 2);
        expect_equal(&read[0], &layers[0]);
        expect_equal(&read[1], &layers[1]);

        assert_int_equal(fstatat(image, "layers", &before, 0), 0);
        assert_int_equal(image_layers_write(image, layers, 2), 0);
        assert_int_equal(fstatat(image, "layers", &after, 0), 0);
        assert_int_equal(before.st_ino, after.st_ino);

        assert_int_equal(image_layers_write(image, NULL, 0), 0);
        assert_int_equal(image_layers_read(image, &none, &n), 0);
        assert_int_equal(n, 0);
}

static void test_refused(void **state) {
#define ID "sha256-0101010101010101010101010101010101010101010101010101010101010101"
        static const char *const texts[] = {
                "rubbish\n",
                ID "\n",
                ID " 1 " ID " 2\n",
                ID " 1 " ID " 2 3 4\n",
                ID " 1 " ID " 2 3 \n",
                ID " -1 " ID " 2 3\n",
                ID " 1 " ID " 2 3\n\n",
                ID " 1 sha256-01 2 3\n",
        };
        _cleanup_close_ int image = make_image(9);
        LayerRecord *read = NULL;
        size_t n;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                assert_int_equal(file_publish_at(image, "layers", texts[i], strlen(texts[i]), 0444, true),
                                 0);
                assert_int_equal(image_layers_read(image, &read, &n), -EBADMSG);
                assert_null(read);
        }
}

static void test_check(void **state) {
        LayerRecord record = make_layer(1, "as it was"), other;
        Digest id = make_id(1);

        _cleanup_close_ int fd = open_layer(1);
        assert_int_equal(layer_check(fd, &record), 0);
        assert_int_equal(layer_check_whole(fd, &record), 0);

        other = record;
        other.size++;
        assert_int_equal(layer_check(fd, &other), -EUCLEAN);
        other = record;
        other.verity.bytes[0] ^= 1;
        assert_int_equal(layer_check_whole(fd, &other), -EUCLEAN);

        /* Touched: whether it is still the same cannot be seen from outside, unless the kernel guards it. */
        assert_int_equal(fchmod(fd, 0400), 0);
        Digest measured;
        bool guarded = verity_measure(fd, &measured) >= 0;
        assert_int_equal(layer_check(fd, &record), guarded ? 0 : -ESTALE);
        assert_int_equal(layer_check_whole(fd, &record), 0);
        assert_int_equal(layer_record(fd, &id, &record.verity, &other), 0);
        assert_int_equal(layer_check(fd, &other), 0);
}

/* What one image knows of a layer is good for the next. */
static void test_find(void **state) {
        LayerRecord record = make_layer(1, "shared"), found;
        Digest id = make_id(1), missing = make_id(7), likely = make_id(8);

        _cleanup_close_ int image = make_image(9);
        assert_int_equal(image_layers_find(store, &likely, &id, &found), 0);
        expect_equal(&found, &record);

        record.verity.bytes[0] ^= 1; /* to see where it comes from */
        assert_int_equal(image_layers_write(image, &record, 1), 0);
        assert_int_equal(image_layers_find(store, &likely, &id, &found), 0);
        expect_equal(&found, &record);

        assert_int_equal(image_layers_find(store, &likely, &missing, &found), -ENOENT);
}

/* Whoever notes it down again does not make a damaged layer a good one. */
static void test_find_touched(void **state) {
        LayerRecord record = make_layer(1, "touched"), old, found;
        Digest id = make_id(1), likely = make_id(9);

        _cleanup_close_ int image = make_image(9), other = make_image(10);
        old = record;
        old.inode++;
        assert_int_equal(image_layers_write(image, &old, 1), 0);
        assert_int_equal(image_layers_find(store, &likely, &id, &found), 0);
        expect_equal(&found, &record);

        old.verity.bytes[0] ^= 1;
        assert_int_equal(image_layers_write(image, &old, 1), 0);
        found = old;
        assert_int_equal(image_layers_find(store, &likely, &id, &found), -EUCLEAN);
        expect_equal(&found, &old);

        /* What is not as long is not read. */
        old = record;
        old.size++;
        assert_int_equal(image_layers_write(image, &old, 1), 0);
        assert_int_equal(image_layers_find(store, &likely, &id, &found), -EUCLEAN);

        assert_int_equal(image_layers_write(other, &record, 1), 0);
        assert_int_equal(image_layers_find(store, &likely, &id, &found), 0);
        expect_equal(&found, &record);
}

static void test_quarantine(void **state) {
        Digest id = make_id(1);
        char text[DIGEST_TEXT_MAX], path[256];

        (void) make_layer(1, "bad");
        assert_int_equal(layer_quarantine(store, &id), 0);
        assert_int_equal(layer_exists(store, &id), 0);
        digest_format_id(&id, text);
        (void) snprintf(path, sizeof(path), "store/layers/%s.damaged", text);
        scratch_expect(path, "bad");
        assert_true(layer_is_damaged_name(path));
        assert_int_equal(layer_quarantine(store, &id), -ENOENT);

        (void) make_layer(1, "good again");
        assert_int_equal(layer_exists(store, &id), 1);
}

/* Whether somebody else could have the lock now. */
static bool is_free(int how) {
        _cleanup_close_ int fd = open(scratch_path("store"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return flock(fd, how | LOCK_NB) >= 0;
}

static void test_lock(void **state) {
        assert_true(is_free(LOCK_EX));
        int one = store_lock(store, STORE_SHARED), two = store_lock(store, STORE_SHARED);
        assert_true(one >= 0 && two >= 0);
        assert_false(is_free(LOCK_EX));
        assert_true(is_free(LOCK_SH));
        fd_close(one);
        assert_false(is_free(LOCK_EX));
        fd_close(two);

        int alone = store_lock(store, STORE_EXCLUSIVE);
        assert_true(alone >= 0);
        assert_false(is_free(LOCK_SH));
        fd_close(alone);
        assert_true(is_free(LOCK_EX));
}

static void test_use(void **state) {
        struct timespec old[2] = { { .tv_sec = 1000000 }, { .tv_sec = 1000000 } };

        _cleanup_close_ int image = make_image(9);
        assert_int_equal(futimens(image, old), 0);
        assert_int_equal(image_dir_used_usec(image), 1000000ULL * 1000000);
        assert_int_equal(image_dir_use(image), 0);
        assert_true(image_dir_used_usec(image) > 1000000ULL * 1000000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
                cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
                cmocka_unit_test_setup_teardown(test_check, setup, teardown),
                cmocka_unit_test_setup_teardown(test_find, setup, teardown),
                cmocka_unit_test_setup_teardown(test_find_touched, setup, teardown),
                cmocka_unit_test_setup_teardown(test_quarantine, setup, teardown),
                cmocka_unit_test_setup_teardown(test_lock, setup, teardown),
                cmocka_unit_test_setup_teardown(test_use, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
