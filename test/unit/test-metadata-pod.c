/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of pod/metadata.h.
 * Never: asks a service.
 * Follows: App Container spec 0.8.11, ace.md, "App Container Metadata Service". */

#include "scratch.h"

#include "pod/annotations.h"
#include "pod/metadata.h"

static void test_who_is_told(void **state) {
        AppcPodApp apps[] = {
                { .image_id.algorithm = DIGEST_SHA256 },
                { .image_id.algorithm = DIGEST_SHA512 },
        };
        AppcPod both = { .apps = apps, .n_apps = 2 }, oci = { .apps = apps, .n_apps = 1 };
        Pair yes = { (char *) ANNOTATION_METADATA, (char *) "yes" };

        assert_true(pod_has_metadata(&both));
        assert_false(app_has_metadata(&both, &apps[0]));
        assert_true(app_has_metadata(&both, &apps[1]));
        assert_false(pod_has_metadata(&oci));
        assert_false(pod_has_metadata(&(AppcPod) {}));

        oci.annotations = (Pairs) { .items = &yes, .n = 1 };
        assert_true(pod_has_metadata(&oci));
        assert_true(app_has_metadata(&oci, &apps[0]));
}

static void test_keys(void **state) {
        AppcPodApp app = { .image_id.algorithm = DIGEST_SHA512 };
        AppcPod pod = { .apps = &app, .n_apps = 1 };
        char first[HMAC_KEY_SIZE], second[HMAC_KEY_SIZE];

        assert_return_code(metadata_make_key(&(AppcPod) {}, scratch.fd), 0);
        assert_false(scratch_exists(HMAC_KEY_FILE));

        for (size_t i = 0; i < 2; i++) {
                assert_return_code(metadata_make_key(&pod, scratch.fd), 0);
                assert_int_equal(scratch_mode(HMAC_KEY_FILE), S_IFREG | 0400);
                int fd = openat(scratch.fd, HMAC_KEY_FILE, O_RDONLY | O_CLOEXEC);
                assert_int_equal(read(fd, i == 0 ? first : second, HMAC_KEY_SIZE), HMAC_KEY_SIZE);
                close(fd);
                assert_int_equal(metadata_make_key(&pod, scratch.fd), -EEXIST);
                assert_return_code(unlinkat(scratch.fd, HMAC_KEY_FILE, 0), errno);
        }
        assert_memory_not_equal(first, second, HMAC_KEY_SIZE);
}

static void test_uuids(void **state) {
        static const char *const good[] = {
                "6733c088-a507-4694-aabf-edbe4fc5266f",
                "6733C088-A507-4694-AABF-EDBE4FC5266F",
                "6733c088a5074694aabfedbe4fc5266f",
        };
        static const char *const bad[] = {
                "",
                "asdf",
                "6733c088-a507-4694-aabf-edbe4fc5266",
                "6733c088-a507-4694-aabf-edbe4fc5266f0",
                "6733c088-a507-4694-aabf-edbe4fc5266f-",
                "6733c088a5074694aabfedbe4fc5266f6733c088",
                "6733c088--a507-4694-aabf-edbe4fc5266f",
                "6733c08-8a507-4694-aabf-edbe4fc5266f",
                "-6733c088-a507-4694-aabf-edbe4fc5266f",
                "6733c088-a507-4694-aabf-edbe4fc5266g",
                "../../../../../../../../../etc/passwd",
        };
        char uuid[37] = "";

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                assert_return_code(metadata_uuid(good[i], uuid), 0);
                assert_string_equal(uuid, good[0]);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(metadata_uuid(bad[i], uuid), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_who_is_told),
                cmocka_unit_test_setup_teardown(test_keys, scratch_setup, scratch_teardown),
                cmocka_unit_test(test_uuids),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
