/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/log-fields.
 * Never: asks a journal.
 * Follows: systemd.exec(5), "LogExtraFields=". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "pod/log-fields.h"
#include "pod/unit-property.h"

static const PodDir dir = { .uuid = "01234567-89ab-4def-8123-456789abcdef",
                            .fd = -EBADF,
                            .name = (char *) "web" };

static char **fields_of(AppcPod *pod) {
        char **fields = NULL;

        assert_return_code(pod_log_fields(&dir, pod, &fields), 0);
        STRV_FOREACH(f, fields)
                assert_return_code(unit_property_check(*f, NULL), 0);

        return fields;
}

static void test_one_app(void **state) {
        static const char *const expected[] = {
                "LogExtraFields=POD_UUID=01234567-89ab-4def-8123-456789abcdef",
                "LogExtraFields=POD_NAME=web",
                "LogExtraFields=CONTAINER_NAME=web",
                "LogExtraFields=CONTAINER_ID_FULL=0123456789ab4def8123456789abcdef",
                "LogExtraFields=CONTAINER_ID=0123456789ab",
                "LogExtraFields=APP_NAME=server",
                "LogExtraFields=IMAGE_NAME=example.com/web:1",
                "LogExtraFields=IMAGE_DIGEST=sha256:0000000000000000000000000000000000000000000000000000000000000000",
        };
        AppcPodApp app = { .name = (char *) "server", .has_image_id = true };
        AppcPod pod = { .apps = &app, .n_apps = 1 };

        assert_return_code(
                        digest_parse("sha256:0000000000000000000000000000000000000000000000000000000000000000",
                                     &app.image_id),
                        0);
        assert_return_code(pairs_set(&app.annotations, ANNOTATION_IMAGE, "example.com/web:1"), 0);
        _cleanup_strv_ char **fields = fields_of(&pod);
        assert_int_equal(strv_length(fields), ELEMENTSOF(expected));
        for (size_t i = 0; i < ELEMENTSOF(expected); i++)
                assert_string_equal(fields[i], expected[i]);
        pairs_done(&app.annotations);
}

/* What is not the same for all of them is not said. */
static void test_several_apps(void **state) {
        AppcPodApp apps[] = { { .name = (char *) "a" }, { .name = (char *) "b" } };
        AppcPod pod = { .apps = apps, .n_apps = 2 };

        _cleanup_strv_ char **fields = fields_of(&pod);
        assert_int_equal(strv_length(fields), 5);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_app),
                cmocka_unit_test(test_several_apps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
