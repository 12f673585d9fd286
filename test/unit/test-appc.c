/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of image/appc*: scalars, isolators, image and pod manifests.
 * Never: takes a written pod for right because it was read again: members are compared one by one.
 * Follows: App Container spec 0.8.11. */

#include "corpus.h"

#include "basic/strv.h"
#include "image/appc-pod.h"
#include "image/appc.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int image_and_forget(const void *data, size_t size, char **reterr_why) {
        _cleanup_(appc_image_freep) AppcImage *image = NULL;

        int r = appc_image_parse(data, size, &image, reterr_why);
        assert_true((r == 0) == (image != NULL));
        return r;
}

static int pod_and_forget(const void *data, size_t size, char **reterr_why) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;

        int r = appc_pod_parse(data, size, &pod, reterr_why);
        assert_true((r == 0) == (pod != NULL));
        return r;
}

static void test_corpus_image(void **state) {
        corpus_must_pass("appc-image", image_and_forget);
        corpus_must_fail("appc-image", image_and_forget);
}

static void test_corpus_pod(void **state) {
        corpus_must_pass("appc-pod", pod_and_forget);
        corpus_must_fail("appc-pod", pod_and_forget);
}

static void test_corpus_damaged(void **state) {
        corpus_survives_damage("appc-image", image_and_forget);
        corpus_survives_damage("appc-pod", pod_and_forget);
}

static void assert_all(bool (*valid)(const char *), const char *const *list, bool expected) {
        for (; *list; list++)
                if (valid(*list) != expected)
                        fail_msg("'%s' should be %s", *list, expected ? "valid" : "invalid");
}

static void test_scalars(void **state) {
        static const char *const identifiers[] = { "database",
                                                   "example.com/database",
                                                   "example.com/~user/app_v1",
                                                   "sub-domain.example.com/org/product/release",
                                                   "zab_rab_oof",
                                                   "my~database",
                                                   "example.com/ourapp-1.0.0",
                                                   "a--b",
                                                   "a//b",
                                                   "a..b",
                                                   "a._b",
                                                   "0",
                                                   NULL };
        static const char *const no_identifiers[] = { "",     "BAR",  "foo#", "EXAMPLE.com", "/app",
                                                      "app/", "-app", "app-", ".app",        "app.",
                                                      "_app", "app_", "~app", "app~",        "a b",
                                                      "a:b",  "aé",   "a\n",  NULL };
        static const char *const names[] = {
                "database", "product-database", "product-database-release", "a--b", "0", NULL
        };
        static const char *const no_names[] = { "",   "foo#", "example.com", "a_b", "a.b", "A",
                                                "-a", "a-",   "app/",        "a b", NULL };
        static const char *const versions[] = {
                "0.8.11",      "1.0.0",   "0.0.1",     "1.2.3-alpha+git", "0.8.11+git",
                "1.0.0-0.a.1", "1.0.0--", "1.0.0+001", "1.0.0-x.7.z.92",  NULL
        };
        static const char *const no_versions[] = {
                "",       "1",      "1.2",    "1.2.3.4", "v1.2.3",     "0.0.0",     "01.2.3",
                "1.02.3", "1.2.03", "1.2.3-", "1.2.3+",  "1.2.3-a..b", "1.2.3-01",  "1.2.3-a_b",
                " 1.2.3", "1.2.3 ", "1..3",   ".1.2",    "-1.2.3",     "1.2.3+a+b", NULL
        };
        static const char *const dates[] = { "2014-10-27T19:32:27.67021798Z", "2004-05-14T23:11:14+00:00",
                                             "2024-02-29T00:00:00Z",          "2000-02-29T23:59:59-23:59",
                                             "0000-01-01T00:00:00Z",          NULL };
        static const char *const no_dates[] = { "",
                                                "2014-10-27 19:32:27Z",
                                                "2014-11-14",
                                                "1416015188",
                                                "garbage",
                                                "2014-10-27T19:32:27",
                                                "2014-10-27t19:32:27Z",
                                                "2014-10-27T19:32:27z",
                                                "2014-00-27T19:32:27Z",
                                                "2014-13-27T19:32:27Z",
                                                "2014-04-31T19:32:27Z",
                                                "1900-02-29T00:00:00Z",
                                                "2014-10-27T24:00:00Z",
                                                "2014-10-27T19:60:00Z",
                                                "2014-10-27T19:32:60Z",
                                                "2014-10-27T19:32:27.Z",
                                                "2014-10-27T19:32:27+0000",
                                                "2014-10-27T19:32:27+00:00Z",
                                                "2014-10-27T19:32:27Z ",
                                                "14-10-27T19:32:27Z",
                                                "2014-10-27T19:32:27+24:00",
                                                "2014-1-1T00:00:00Z",
                                                NULL };

        assert_all(appc_identifier_is_valid, identifiers, true);
        assert_all(appc_identifier_is_valid, no_identifiers, false);
        assert_all(appc_name_is_valid, names, true);
        assert_all(appc_name_is_valid, no_names, false);
        assert_all(appc_version_is_valid, versions, true);
        assert_all(appc_version_is_valid, no_versions, false);
        assert_all(appc_date_is_valid, dates, true);
        assert_all(appc_date_is_valid, no_dates, false);
}

static void test_architecture(void **state) {
        assert_string_equal(appc_architecture_of("amd64", NULL), "amd64");
        assert_string_equal(appc_architecture_of("386", NULL), "i386");
        assert_string_equal(appc_architecture_of("arm64", "v8"), "aarch64");
        assert_string_equal(appc_architecture_of("arm", "v6"), "armv6l");
        assert_string_equal(appc_architecture_of("arm", "v7"), "armv7l");
        assert_null(appc_architecture_of("riscv64", NULL));
}

static void test_paths(void **state) {
        assert_true(appc_paths_equal("/a/b", "//a/./b/"));
        assert_true(appc_paths_equal("/", "/."));
        assert_false(appc_paths_equal("/a", "/a/b"));
        assert_false(appc_paths_equal("/a", "/b"));
        assert_true(appc_paths_overlap("/a", "/a"));
        assert_true(appc_paths_overlap("/a", "/a//b"));
        assert_true(appc_paths_overlap("/a/b/", "/a"));
        assert_true(appc_paths_overlap("/", "/x"));
        assert_false(appc_paths_overlap("/data", "/database"));
        assert_false(appc_paths_overlap("/a/b", "/a/c"));
        assert_false(appc_paths_overlap("/a/.b", "/a/b"));
}

static int quantity(const char *json, uint64_t scale, uint64_t *ret) {
        _cleanup_json_ Json *j = NULL;

        assert_int_equal(json_parse(json, strlen(json), &j, NULL), 0);
        return appc_quantity(j, scale, ret);
}

static void test_quantities(void **state) {
        static const struct {
                const char *json;
                uint64_t scale, expected;
        } cases[] = {
                { "0", 1, 0 },
                { "\"0\"", 1000, 0 },
                { "\"128974848\"", 1, 128974848 },
                { "\"125952Ki\"", 1, 128974848 },
                { "\"123Mi\"", 1, 128974848 },
                { "128974848", 1, 128974848 },
                { "\"1.5Gi\"", 1, 1610612736 },
                { "\"1G\"", 1, 1000000000 },
                { "\"1k\"", 1, 1000 },
                { "\"1K\"", 1, 1000 },
                { "\"0.3\"", 1000, 300 },
                { "0.3", 1000, 300 },
                { "\"250m\"", 1000, 250 },
                { "\"250m\"", 1, 1 },
                { "\"0.1m\"", 1000, 1 },
                { "\"1n\"", 1000, 1 },
                { "\"1u\"", 1000000, 1 },
                { "\"1500m\"", 1, 2 },
                { "\"1E\"", 1, 1000000000000000000 },
                { "\"1E3\"", 1, 1000 },
                { "\"1e3\"", 1, 1000 },
                { "\"5e+2\"", 1, 500 },
                { "\"5e-2\"", 1000, 50 },
                { "1e3", 1, 1000 },
                { "\"+1\"", 1, 1 },
                { "\".5\"", 1000, 500 },
                { "\"5.\"", 1, 5 },
                { "\" 1Gi \"", 1, 1073741824 },
                { "\"1e-40\"", 1, 1 },
                { "\"0e99\"", 1, 0 },
                { "\"9223372036854775807\"", 1, INT64_MAX },
                { "\"8Ei\"", 1, INT64_MAX },
                { "\"1000000Ei\"", 1000, INT64_MAX },
        };
        static const char *const invalid[] = {
                "\"\"",      "\" \"",    "\"1X\"",    "\"1KB\"",   "\"1ki\"",   "\"1KI\"",   "\"1Zi\"",
                "\"1 G\"",   "\"1e\"",   "\"1e1.5\"", "\"1e+\"",   "\"1e100\"", "\"1.2.3\"", "\"0x10\"",
                "\"1_000\"", "\"1Gi1\"", "\"-1\"",    "\"-0\"",    "\"+-1\"",   "\".\"",     "\"-\"",
                "\"+\"",     "\"Gi\"",   "\"e3\"",    "\"\\n1\"",  "-1",        "-0.5",      "true",
                "null",      "[]",       "{}",        "\"1Gi x\"",
        };
        static const char *const out_of_range[] = {
                "\"1e30\"",
                "\"9223372036854775808\"",
                "\"10E\"",
                "1e30",
                "\"99999999999999999999999999999999999999999999\"",
        };
        uint64_t v;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                if (quantity(cases[i].json, cases[i].scale, &v) < 0)
                        fail_msg("%s is refused", cases[i].json);
                if (v != cases[i].expected)
                        fail_msg("%s is %llu", cases[i].json, (unsigned long long) v);
        }
        for (size_t i = 0; i < ELEMENTSOF(invalid); i++)
                if (quantity(invalid[i], 1, &v) != -EINVAL)
                        fail_msg("%s is accepted", invalid[i]);
        for (size_t i = 0; i < ELEMENTSOF(out_of_range); i++)
                assert_int_equal(quantity(out_of_range[i], 1, &v), -ERANGE);
        assert_int_equal(quantity("\"9223372036854775807\"", 1000, &v), -ERANGE);
}

static AppcImage *parse_image(const char *text) {
        AppcImage *image = NULL;
        _cleanup_free_ char *why = NULL;

        if (appc_image_parse(text, strlen(text), &image, &why) < 0)
                fail_msg("%s", why);
        return image;
}

#define HEAD "\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"example.com/a\""

static void test_image(void **state) {
        _cleanup_(appc_image_freep) AppcImage *image = parse_image(
                        "{" HEAD ",\"labels\":[{\"name\":\"version\",\"value\":\"1\"},{\"name\":\"empty\"}],"
                        "\"app\":{\"exec\":[\"/"
                        "a\",\"b\"],\"user\":\"u\",\"group\":\"g\",\"supplementaryGids\":[0,7],"
                        "\"eventHandlers\":[{\"name\":\"post-stop\",\"exec\":[\"/"
                        "post\"]},{\"name\":\"pre-start\",\"exec\":[\"/pre\",\"x\"]}],"
                        "\"workingDirectory\":\"/w\",\"environment\":[{\"name\":\"A\",\"value\":\"b=c\"}],"
                        "\"mountPoints\":[{\"name\":\"m\",\"path\":\"/m\",\"readOnly\":true}],"
                        "\"ports\":[{\"name\":\"p\",\"protocol\":\"tcp\",\"port\":80}],"
                        "\"isolators\":[{\"name\":\"os/linux/"
                        "oom-score-adj\",\"value\":5},{\"name\":\"example.com/x\"}],"
                        "\"userAnnotations\":{\"k ey!\":\"v\"},\"userLabels\":{\"l\":\"m\"}},"
                        "\"dependencies\":[{\"imageName\":\"example.com/b\",\"imageID\":\"sha512-" HEX64
                                        HEX64 "\","
                        "\"labels\":[{\"name\":\"os\",\"value\":\"linux\"}],\"size\":9},{\"imageName\":"
                        "\"c\"}],"
                        "\"pathWhitelist\":[\"/x\",\"/"
                        "y\"],\"annotations\":[{\"name\":\"authors\",\"value\":\"me\"}]}");
        const AppcApp *app = image->app;
        int64_t score;

        assert_string_equal(image->ac_version, "0.8.11");
        assert_string_equal(image->name, "example.com/a");
        assert_string_equal(pairs_get(&image->labels, "version"), "1");
        assert_string_equal(pairs_get(&image->labels, "empty"), "");
        assert_string_equal(app->exec[1], "b");
        assert_string_equal(app->user, "u");
        assert_string_equal(app->group, "g");
        assert_int_equal(app->n_supplementary_gids, 2);
        assert_int_equal(app->supplementary_gids[1], 7);
        assert_int_equal(strv_length(app->pre_start), 2);
        assert_string_equal(app->post_stop[0], "/post");
        assert_string_equal(app->working_directory, "/w");
        assert_string_equal(pairs_get(&app->environment, "A"), "b=c");
        assert_int_equal(app->n_mount_points, 1);
        assert_string_equal(app->mount_points[0].path, "/m");
        assert_true(app->mount_points[0].read_only);
        assert_int_equal(app->ports[0].port, 80);
        assert_int_equal(app->ports[0].count, 1);
        assert_false(app->ports[0].socket_activated);
        assert_int_equal(app->n_isolators, 2);
        assert_int_equal(json_int(appc_isolator_get(app->isolators, app->n_isolators,
                                                    "os/linux/oom-score-adj"),
                                  &score),
                         0);
        assert_int_equal(score, 5);
        assert_null(appc_isolator_get(app->isolators, app->n_isolators, "example.com/x"));
        assert_null(appc_isolator_get(app->isolators, app->n_isolators, "absent"));
        assert_string_equal(pairs_get(&app->user_annotations, "k ey!"), "v");
        assert_string_equal(pairs_get(&app->user_labels, "l"), "m");
        assert_int_equal(image->n_dependencies, 2);
        assert_true(image->dependencies[0].has_id);
        assert_int_equal(image->dependencies[0].id.bytes[0], 0x01);
        assert_int_equal(image->dependencies[0].size, 9);
        assert_string_equal(pairs_get(&image->dependencies[0].labels, "os"), "linux");
        assert_false(image->dependencies[1].has_id);
        assert_string_equal(image->path_whitelist[1], "/y");
        assert_string_equal(pairs_get(&image->annotations, "authors"), "me");
}

static void test_image_of_nothing(void **state) {
        _cleanup_(appc_image_freep) AppcImage *image = parse_image("{" HEAD "}");

        assert_null(image->app);
        assert_null(image->path_whitelist);
        assert_int_equal(image->labels.n + image->annotations.n + image->n_dependencies, 0);
        assert_null(appc_image_free(NULL));
        assert_null(appc_app_free(NULL));
        assert_null(appc_pod_free(NULL));
}

static void test_image_check(void **state) {
        _cleanup_(appc_image_freep) AppcImage *image =
                        parse_image("{" HEAD ",\"labels\":[{\"name\":\"version\",\"value\":\"1\"},{\"name\":"
                                    "\"x\",\"value\":\"\\u001b\"}]}");
        static Pair version[] = { { (char *) "version", (char *) "1" } },
                    other[] = { { (char *) "version", (char *) "2" } },
                    absent[] = { { (char *) "channel", (char *) "" } },
                    escaped[] = { { (char *) "x", (char *) "y" } };
        _cleanup_free_ char *why_name = NULL, *why_value = NULL, *why_absent = NULL, *why_escaped = NULL;

        assert_int_equal(appc_image_check(image, "example.com/a", &(Pairs) {}, NULL), 0);
        assert_int_equal(appc_image_check(image, NULL, &(Pairs) { version, 1 }, NULL), 0);
        assert_int_equal(appc_image_check(image, "example.com/b", &(Pairs) {}, &why_name), -EBADMSG);
        assert_string_equal(why_name, "name is \"example.com/a\", asked for was \"example.com/b\"");
        assert_int_equal(appc_image_check(image, "example.com/a", &(Pairs) { other, 1 }, &why_value),
                         -EBADMSG);
        assert_string_equal(why_value, "version is \"1\", asked for was \"2\"");
        assert_int_equal(appc_image_check(image, NULL, &(Pairs) { absent, 1 }, &why_absent), -EBADMSG);
        assert_int_equal(appc_image_check(image, NULL, &(Pairs) { escaped, 1 }, &why_escaped), -EBADMSG);
        assert_string_equal(why_escaped, "x is \"\\x1b\", asked for was \"y\"");
        assert_int_equal(appc_image_check(image, "example.com", &(Pairs) {}, NULL), -EBADMSG);
}

static void test_document_size(void **state) {
        static const char image[] = "{" HEAD "}",
                          pod[] = "{\"acKind\":\"PodManifest\",\"acVersion\":\"0.8.11\"}";
        _cleanup_free_ char *text = malloc(APPC_DOCUMENT_MAX + 1);

        assert_non_null(text);
        memset(text, ' ', APPC_DOCUMENT_MAX + 1);
        memcpy(text, image, strlen(image));
        assert_int_equal(image_and_forget(text, APPC_DOCUMENT_MAX, NULL), 0);
        assert_int_equal(image_and_forget(text, APPC_DOCUMENT_MAX + 1, NULL), -EFBIG);
        memset(text, ' ', APPC_DOCUMENT_MAX + 1);
        memcpy(text, pod, strlen(pod));
        assert_int_equal(pod_and_forget(text, APPC_DOCUMENT_MAX, NULL), 0);
        assert_int_equal(pod_and_forget(text, APPC_DOCUMENT_MAX + 1, NULL), -EFBIG);
}

/* A pod in which every member is set, made of constants; never freed. */
static AppcPod full_pod(void) {
        static char *exec[] = { (char *) "/bin/app", (char *) "--a b", NULL },
                    *pre[] = { (char *) "/pre", NULL }, *post[] = { (char *) "/post", (char *) "", NULL };
        static uint32_t gids[] = { 0, 100, 4294967294 };
        static Pair env[] = { { (char *) "PATH", (char *) "/bin" }, { (char *) "EMPTY", (char *) "" } };
        static AppcMountPoint points[] = { { (char *) "m", (char *) "/m", true },
                                           { (char *) "n", (char *) "/n", false } };
        static AppcPort ports[] = { { (char *) "p", (char *) "tcp", 80, 1, true },
                                    { (char *) "q", (char *) "udp", 1, 65535, false } };
        static Pair map[] = { { (char *) "k ey!", (char *) "\"quoted\" \\ é\n" } };
        static AppcIsolator isolators[1];
        static AppcApp app;
        static AppcVolume volumes[] = {
                { .name = (char *) "data",
                  .kind = APPC_VOLUME_HOST,
                  .source = (char *) "/srv",
                  .read_only = true,
                  .not_recursive = true },
                { .name = (char *) "tmp",
                  .kind = APPC_VOLUME_EMPTY,
                  .mode = (char *) "01777",
                  .uid = 1,
                  .gid = 2 },
        };
        static AppcVolume own = { .name = (char *) "own", .kind = APPC_VOLUME_EMPTY };
        static AppcMount mounts[] = { { (char *) "data", (char *) "/m", NULL },
                                      { (char *) "own", (char *) "/n", &own } };
        static Pair labels[] = { { (char *) "version", (char *) "1" } },
                    facts[] = { { (char *) "gantry/layers", (char *) "x y" } };
        static AppcPodApp apps[] = {
                { .name = (char *) "web",
                  .has_image_id = true,
                  .image_name = (char *) "example.com/web",
                  .image_labels = { labels, 1 },
                  .app = &app,
                  .read_only_rootfs = true,
                  .mounts = mounts,
                  .n_mounts = 2,
                  .annotations = { facts, 1 } },
                { .name = (char *) "side" },
        };
        static AppcPort pod_port = { (char *) "p", (char *) "tcp", 8080, 1, false };
        static AppcPodPort pod_ports[] = { { (char *) "p", 65535, (char *) "127.0.0.1", &pod_port },
                                           { (char *) "q", 1, NULL, NULL } };

        if (!isolators[0].value)
                assert_int_equal(json_parse("{\"limit\":\"1G\"}", 14, &isolators[0].value, NULL), 0);
        isolators[0].name = (char *) "resource/memory";
        app = (AppcApp) {
                .exec = exec,
                .user = (char *) "0",
                .group = (char *) "root",
                .supplementary_gids = gids,
                .n_supplementary_gids = 3,
                .pre_start = pre,
                .post_stop = post,
                .working_directory = (char *) "/w",
                .environment = { env, 2 },
                .mount_points = points,
                .n_mount_points = 2,
                .ports = ports,
                .n_ports = 2,
                .isolators = isolators,
                .n_isolators = 1,
                .user_annotations = { map, 1 },
                .user_labels = { map, 1 },
        };
        assert_int_equal(digest_parse_id("sha256-" HEX64, &apps[0].image_id), 0);
        return (AppcPod) {
                .apps = apps,
                .n_apps = 2,
                .volumes = volumes,
                .n_volumes = 2,
                .isolators = isolators,
                .n_isolators = 1,
                .annotations = { facts, 1 },
                .ports = pod_ports,
                .n_ports = 2,
                .user_annotations = { map, 1 },
                .user_labels = { map, 1 },
        };
}

static void assert_same_text(const char *a, const char *b) {
        assert_true(streq_ptr(a, b));
}

static void assert_same_list(char *const *a, char *const *b) {
        assert_int_equal(strv_length(a), strv_length(b));
        for (size_t i = 0; i < strv_length(a); i++)
                assert_string_equal(a[i], b[i]);
}

static void assert_same_pairs(const Pairs *a, const Pairs *b) {
        assert_int_equal(a->n, b->n);
        for (size_t i = 0; i < a->n; i++) {
                assert_string_equal(a->items[i].name, b->items[i].name);
                assert_string_equal(a->items[i].value, b->items[i].value);
        }
}

static void assert_same_port(const AppcPort *a, const AppcPort *b) {
        assert_string_equal(a->name, b->name);
        assert_string_equal(a->protocol, b->protocol);
        assert_int_equal(a->port, b->port);
        assert_int_equal(a->count, b->count);
        assert_int_equal(a->socket_activated, b->socket_activated);
}

static void assert_same_isolators(const AppcIsolator *a, size_t n, const AppcIsolator *b, size_t m) {
        assert_int_equal(n, m);
        for (size_t i = 0; i < n; i++) {
                assert_string_equal(a[i].name, b[i].name);
                assert_true(json_same(a[i].value, b[i].value));
        }
}

static void assert_same_volume(const AppcVolume *a, const AppcVolume *b) {
        assert_string_equal(a->name, b->name);
        assert_int_equal(a->kind, b->kind);
        assert_same_text(a->source, b->source);
        assert_int_equal(a->read_only, b->read_only);
        assert_int_equal(a->not_recursive, b->not_recursive);
        assert_same_text(a->mode, b->mode);
        assert_int_equal(a->uid, b->uid);
        assert_int_equal(a->gid, b->gid);
}

static void assert_same_app(const AppcApp *a, const AppcApp *b) {
        assert_same_list(a->exec, b->exec);
        assert_string_equal(a->user, b->user);
        assert_string_equal(a->group, b->group);
        assert_int_equal(a->n_supplementary_gids, b->n_supplementary_gids);
        assert_memory_equal(a->supplementary_gids, b->supplementary_gids,
                            a->n_supplementary_gids * sizeof(uint32_t));
        assert_same_list(a->pre_start, b->pre_start);
        assert_same_list(a->post_stop, b->post_stop);
        assert_same_text(a->working_directory, b->working_directory);
        assert_same_pairs(&a->environment, &b->environment);
        assert_int_equal(a->n_mount_points, b->n_mount_points);
        for (size_t i = 0; i < a->n_mount_points; i++) {
                assert_string_equal(a->mount_points[i].name, b->mount_points[i].name);
                assert_string_equal(a->mount_points[i].path, b->mount_points[i].path);
                assert_int_equal(a->mount_points[i].read_only, b->mount_points[i].read_only);
        }
        assert_int_equal(a->n_ports, b->n_ports);
        for (size_t i = 0; i < a->n_ports; i++)
                assert_same_port(&a->ports[i], &b->ports[i]);
        assert_same_isolators(a->isolators, a->n_isolators, b->isolators, b->n_isolators);
        assert_same_pairs(&a->user_annotations, &b->user_annotations);
        assert_same_pairs(&a->user_labels, &b->user_labels);
}

static void assert_same_pod_app(const AppcPodApp *a, const AppcPodApp *b) {
        assert_string_equal(a->name, b->name);
        assert_int_equal(a->has_image_id, b->has_image_id);
        assert_true(digest_equal(&a->image_id, &b->image_id));
        assert_same_text(a->image_name, b->image_name);
        assert_same_pairs(&a->image_labels, &b->image_labels);
        assert_int_equal(!a->app, !b->app);
        if (a->app)
                assert_same_app(a->app, b->app);
        assert_int_equal(a->read_only_rootfs, b->read_only_rootfs);
        assert_int_equal(a->n_mounts, b->n_mounts);
        for (size_t i = 0; i < a->n_mounts; i++) {
                assert_string_equal(a->mounts[i].volume, b->mounts[i].volume);
                assert_string_equal(a->mounts[i].path, b->mounts[i].path);
                assert_int_equal(!a->mounts[i].app_volume, !b->mounts[i].app_volume);
                if (a->mounts[i].app_volume)
                        assert_same_volume(a->mounts[i].app_volume, b->mounts[i].app_volume);
        }
        assert_same_pairs(&a->annotations, &b->annotations);
}

static void assert_same_pod(const AppcPod *a, const AppcPod *b) {
        assert_int_equal(a->n_apps, b->n_apps);
        for (size_t i = 0; i < a->n_apps; i++)
                assert_same_pod_app(&a->apps[i], &b->apps[i]);
        assert_int_equal(a->n_volumes, b->n_volumes);
        for (size_t i = 0; i < a->n_volumes; i++)
                assert_same_volume(&a->volumes[i], &b->volumes[i]);
        assert_same_isolators(a->isolators, a->n_isolators, b->isolators, b->n_isolators);
        assert_same_pairs(&a->annotations, &b->annotations);
        assert_int_equal(a->n_ports, b->n_ports);
        for (size_t i = 0; i < a->n_ports; i++) {
                assert_string_equal(a->ports[i].name, b->ports[i].name);
                assert_int_equal(a->ports[i].host_port, b->ports[i].host_port);
                assert_same_text(a->ports[i].host_ip, b->ports[i].host_ip);
                assert_int_equal(!a->ports[i].pod_port, !b->ports[i].pod_port);
                if (a->ports[i].pod_port)
                        assert_same_port(a->ports[i].pod_port, b->ports[i].pod_port);
        }
        assert_same_pairs(&a->user_annotations, &b->user_annotations);
        assert_same_pairs(&a->user_labels, &b->user_labels);
}

static void assert_comes_back(const AppcPod *pod) {
        _cleanup_blob_ Blob text = {}, again = {};
        _cleanup_(appc_pod_freep) AppcPod *read = NULL;
        _cleanup_free_ char *why = NULL;

        assert_int_equal(appc_pod_format(pod, &text), 0);
        if (appc_pod_parse(text.data, text.size, &read, &why) < 0)
                fail_msg("%s in %s", why, (char *) text.data);
        assert_same_pod(pod, read);

        /* same pod, same bytes */
        assert_int_equal(appc_pod_format(read, &again), 0);
        assert_string_equal(text.data, again.data);
}

static void test_pod_comes_back(void **state) {
        AppcPod pod = full_pod();

        assert_comes_back(&pod);
        assert_comes_back(&(AppcPod) {});
        json_unref(pod.isolators[0].value);
        pod.isolators[0].value = NULL;
}

static void pod_comes_back(const char *name, const Blob *document, void *userdata) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;

        assert_int_equal(appc_pod_parse(document->data, document->size, &pod, NULL), 0);
        assert_comes_back(pod);
}

static void test_corpus_comes_back(void **state) {
        _cleanup_close_ int fd = corpus_open("appc-pod", "must-pass");
        assert_true(corpus_for_each(fd, pod_comes_back, NULL) > 0);
}

static void test_pod_text(void **state) {
        static AppcApp app = { .user = (char *) "0", .group = (char *) "0" };
        static AppcPodApp apps[] = { { .name = (char *) "a", .has_image_id = true, .app = &app } };
        _cleanup_blob_ Blob text = {};

        assert_int_equal(digest_parse_id("sha256-" HEX64, &apps[0].image_id), 0);
        assert_int_equal(appc_pod_format(&(AppcPod) { .apps = apps, .n_apps = 1 }, &text), 0);
        assert_string_equal(text.data,
                            "{\n  \"acVersion\": \"0.8.11\",\n  \"acKind\": \"PodManifest\",\n  \"apps\": "
                            "[\n    {\n"
                            "      \"name\": \"a\",\n      \"image\": {\n        \"id\": \"sha256-" HEX64
                            "\"\n      },\n"
                            "      \"app\": {\n        \"user\": \"0\",\n        \"group\": \"0\"\n      "
                            "}\n    }\n  ]\n}\n");
}

static void assert_not_written(const AppcPod *pod) {
        Blob text = {};

        assert_int_equal(appc_pod_format(pod, &text), -EINVAL);
        assert_null(text.data);
}

static void test_pod_is_not_written(void **state) {
        static AppcApp no_user = {}, app = { .user = (char *) "0", .group = (char *) "0" };
        static AppcPodApp upper[] = { { .name = (char *) "A" } }, nameless[] = { {} },
                          userless[] = { { .name = (char *) "a", .app = &no_user } },
                          twins[] = { { .name = (char *) "a" }, { .name = (char *) "a" } },
                          not_utf8[] = { { .name = (char *) "a", .app = &app } };
        static char *exec[] = { (char *) "\xff", NULL };
        static Pair twice[] = { { (char *) "a", (char *) "1" }, { (char *) "a", (char *) "2" } };
        static AppcPodPort no_port[] = { { .name = (char *) "a" } };

        app.exec = exec;
        assert_not_written(&(AppcPod) { .apps = upper, .n_apps = 1 });
        assert_not_written(&(AppcPod) { .apps = nameless, .n_apps = 1 });
        assert_not_written(&(AppcPod) { .apps = userless, .n_apps = 1 });
        assert_not_written(&(AppcPod) { .apps = twins, .n_apps = 2 });
        assert_not_written(&(AppcPod) { .apps = not_utf8, .n_apps = 1 });
        assert_not_written(&(AppcPod) { .annotations = { twice, 2 } });
        assert_not_written(&(AppcPod) { .ports = no_port, .n_ports = 1 });
}

static void test_find(void **state) {
        AppcPod pod = full_pod();

        assert_ptr_equal(appc_pod_find_app(&pod, "side"), &pod.apps[1]);
        assert_null(appc_pod_find_app(&pod, "s"));
        assert_ptr_equal(appc_pod_find_volume(&pod, "data"), &pod.volumes[0]);
        assert_null(appc_pod_find_volume(&pod, "own"));
        json_unref(pod.isolators[0].value);
        pod.isolators[0].value = NULL;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_corpus_image),       cmocka_unit_test(test_corpus_pod),
                cmocka_unit_test(test_corpus_damaged),     cmocka_unit_test(test_scalars),
                cmocka_unit_test(test_architecture),       cmocka_unit_test(test_paths),
                cmocka_unit_test(test_quantities),         cmocka_unit_test(test_image),
                cmocka_unit_test(test_image_of_nothing),   cmocka_unit_test(test_image_check),
                cmocka_unit_test(test_document_size),      cmocka_unit_test(test_pod_comes_back),
                cmocka_unit_test(test_corpus_comes_back),  cmocka_unit_test(test_pod_text),
                cmocka_unit_test(test_pod_is_not_written), cmocka_unit_test(test_find),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
