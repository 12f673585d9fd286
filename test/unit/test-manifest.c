/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of prepare/manifest: what a foreign pod manifest may ask for, and that it gets no more.
 * Never: looks for an image.
 * Follows: prepare/manifest.h; App Container spec 0.8.11, pods.md. */

#include "corpus.h"
#include "pod/annotations.h"
#include "prepare/manifest.h"
#include "scratch.h"

static int parse_and_forget(const void *data, size_t size, char **reterr_why) {
        _cleanup_(pod_settings_freep) PodSettings *settings = NULL;
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;

        int r = manifest_parse(data, size, &pod, &settings, reterr_why);
        return r == -EPERM ? -EINVAL : r; /* what the corpus calls refused */
}

static void test_corpus(void **state) {
        corpus_must_pass("manifest", parse_and_forget);
        corpus_must_fail("manifest", parse_and_forget);
}

static AppcPod *pod;
static PodSettings *settings;

static int teardown(void **state) {
        pod = appc_pod_free(pod);
        settings = pod_settings_free(settings);
        return scratch_teardown(state);
}

static void load(const char *text) {
        _cleanup_free_ char *why = NULL;

        scratch_write("pod", text);
        if (manifest_load(scratch_path("pod"), &pod, &settings, &why) < 0)
                fail_msg("%s", why);
}

#define HEAD "{\"acVersion\":\"0.8.11\",\"acKind\":\"PodManifest\","
#define RUNS                                                                                                \
        "\"app\":{\"exec\":[\"/x\"],\"user\":\"0\",\"group\":\"0\",\"mountPoints\":[{\"name\":\"db\",\"path\":\"/db\"}]}"

static void test_settings(void **state) {
        load(HEAD
             "\"annotations\":[{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"gantry/end\",\"value\":\"app:web\"},"
             "{\"name\":\"gantry/share-pid\",\"value\":\"yes\"},{\"name\":\"b\",\"value\":\"2\"}],"
             "\"apps\":[{\"name\":\"web\",\"image\":{},\"annotations\":[{\"name\":\"gantry/after\",\"value\":\"db\\nlog\"},"
             "{\"name\":\"gantry/notify\",\"value\":\"app\"},{\"name\":\"gantry/image\",\"value\":\"x/y:1\"}]},"
             "{\"name\":\"db\",\"image\":{}," RUNS "}]}");
        assert_string_equal(settings->end, "app:web");
        assert_string_equal(settings->share_pid, "yes");
        assert_int_equal(settings->n_apps, 2);
        const AppSettings *web = settings->apps[0], *db = settings->apps[1];
        assert_string_equal(web->name, "web");
        assert_string_equal(web->after[0], "db");
        assert_string_equal(web->after[1], "log");
        assert_string_equal(web->notify, "yes");
        assert_string_equal(web->image, "x/y:1");
        assert_true(web->has_service && db->has_service);
        assert_false(web->has_own_app);
        assert_true(db->has_own_app);
        assert_int_equal(pod->annotations.n, 2);
        assert_string_equal(pod->annotations.items[1].name, "b");
        assert_int_equal(pod->apps[0].annotations.n, 0);
}

static void test_volumes(void **state) {
        _cleanup_(pod_settings_freep) PodSettings *none = NULL;
        _cleanup_(appc_pod_freep) AppcPod *refused = NULL;
        _cleanup_free_ char *why = NULL;

        load(HEAD
             "\"volumes\":[{\"name\":\"db\",\"kind\":\"empty\"}],\"apps\":[{\"name\":\"a\",\"image\":{}," RUNS
             "},"
             "{\"name\":\"b\",\"image\":{}," RUNS ",\"mounts\":[{\"volume\":\"db\",\"path\":\"/db/\"}]}]}");
        assert_return_code(manifest_complete(pod), 0);
        for (size_t i = 0; i < 2; i++) {
                assert_int_equal(pod->apps[i].n_mounts, 1);
                assert_string_equal(pod->apps[i].mounts[0].volume, "db");
        }

        scratch_write("pod",
                      HEAD "\"volumes\":[{\"name\":\"v\",\"kind\":\"host\",\"source\":\"/nowhere/x\"}],"
                           "\"apps\":[{\"name\":\"a\",\"image\":{}}]}");
        assert_int_equal(manifest_load(scratch_path("pod"), &refused, &none, &why), -ENOENT);
        assert_non_null(strstr(why, "Volume='/nowhere/x': there is no such file"));
        assert_int_equal(manifest_load(scratch_path("none"), &refused, &none, &why), -ENOENT);
        assert_non_null(strstr(why, "/none': No such file"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_corpus),
                cmocka_unit_test_setup_teardown(test_settings, scratch_setup, teardown),
                cmocka_unit_test_setup_teardown(test_volumes, scratch_setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
