/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of store/volume.
 * Never: touches a store but its own below the scratch directory.
 * Follows: store/volume.h. */

#include "scratch.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "store/volume.h"

static Store *store;

static int setup(void **state) {
        return scratch_setup(state) < 0 || store_open(scratch_path("store"), STORE_CREATE, &store) < 0 ? -1
                                                                                                       : 0;
}

static int teardown(void **state) {
        store = store_close(store);
        return scratch_teardown(state);
}

static void is_made_once(void **state) {
        assert_int_equal(volume_make(store, "data"), 1);
        assert_int_equal(scratch_mode("store/volumes"), S_IFDIR | 0700);
        assert_int_equal(scratch_mode("store/volumes/data"), S_IFDIR | 0700);
        assert_int_equal(scratch_mode("store/volumes/data/data"), S_IFDIR | 0755);
        assert_true(scratch_exists("store/volumes/data/new"));

        scratch_write("store/volumes/data/data/file", "kept");
        assert_int_equal(volume_make(store, "data"), 0);
        scratch_expect("store/volumes/data/data/file", "kept");
        assert_int_equal(scratch_count("store/volumes"), 1);

        int fd = volume_open(store, "data");
        assert_return_code(fd, -fd);
        assert_int_equal(faccessat(fd, "new", F_OK, 0), 0);
        fd_close(fd);
}

static void is_no_link(void **state) {
        assert_int_equal(volume_make(store, "data"), 1);
        assert_int_equal(symlinkat("/etc", scratch.fd, "store/volumes/link"), 0);
        assert_int_equal(volume_make(store, "link"), -ENOTDIR);
        assert_true(volume_open(store, "link") < 0);
        assert_int_equal(volume_make(store, "../pods"), -EINVAL);
        assert_int_equal(volume_open(store, ".."), -EINVAL);
        assert_int_equal(volume_open(store, "nobody"), -ENOENT);
}

static void volume_behind_a_source(void **state) {
        static const char *const others[] = {
                "/etc",         "/volumes/a/data",     "%s/volumes//data",
                "%s/volumes/a", "%s/volumes/a/data/b", "%s/volumes/a/new",
        };
        size_t n;

        const char *name = volume_of_source(store, scratch_path("store/volumes/data/data"), &n);
        assert_int_equal(n, 4);
        assert_memory_equal(name, "data", 4);

        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                char other[512];

                if (startswith(others[i], "%s"))
                        (void) snprintf(other, sizeof(other), "%s%s", scratch_path("store"), others[i] + 2);
                else
                        (void) snprintf(other, sizeof(other), "%s", others[i]);
                assert_null(volume_of_source(store, other, &n));
        }
}

static void list_and_remove(void **state) {
        _cleanup_strv_ char **none = NULL, **some = NULL;
        _cleanup_free_ char *remains = NULL;

        assert_int_equal(volume_list(store, &none), 0);
        assert_int_equal(strv_length(none), 0);
        assert_int_equal(volume_remove(store, "b", &remains), -ENOENT);

        assert_int_equal(volume_make(store, "b"), 1);
        assert_int_equal(volume_make(store, "a"), 1);
        scratch_mkdir("store/volumes/.#0123456789abcdef");
        assert_int_equal(volume_list(store, &some), 0);
        assert_int_equal(strv_length(some), 2);
        assert_string_equal(some[0], "a");
        assert_string_equal(some[1], "b");

        assert_int_equal(volume_remove(store, "b", &remains), 0);
        assert_int_equal(volume_open(store, "b"), -ENOENT);
        assert_int_equal(volume_delete(store, remains), 0);
        assert_int_equal(scratch_count("store/volumes"), 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(is_made_once, setup, teardown),
                cmocka_unit_test_setup_teardown(is_no_link, setup, teardown),
                cmocka_unit_test_setup_teardown(volume_behind_a_source, setup, teardown),
                cmocka_unit_test_setup_teardown(list_and_remove, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
