/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of image/oci and image/media-type.
 * Never: needs a registry.
 * Follows: OCI image-spec v1.1. */

#include "corpus.h"

#include "basic/strv.h"
#include "image/oci.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OCI "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."

static int manifest_and_forget(const void *data, size_t size, char **reterr_why) {
        _cleanup_(oci_manifest_freep) OciManifest *m = NULL;

        int r = oci_manifest_parse(data, size, &m, reterr_why);
        assert_true((r == 0) == (m != NULL));
        return r;
}

static int index_and_forget(const void *data, size_t size, char **reterr_why) {
        _cleanup_(oci_index_freep) OciIndex *i = NULL;

        int r = oci_index_parse(data, size, &i, reterr_why);
        assert_true((r == 0) == (i != NULL));
        return r;
}

static int config_and_forget(const void *data, size_t size, char **reterr_why) {
        _cleanup_(oci_config_freep) OciConfig *c = NULL;

        int r = oci_config_parse(data, size, &c, reterr_why);
        assert_true((r == 0) == (c != NULL));
        return r;
}

static void test_corpus_manifest(void **state) {
        corpus_must_pass("oci-manifest", manifest_and_forget);
        corpus_must_fail("oci-manifest", manifest_and_forget);
        corpus_survives_damage("oci-manifest", manifest_and_forget);
}

static void test_corpus_index(void **state) {
        corpus_must_pass("oci-index", index_and_forget);
        corpus_must_fail("oci-index", index_and_forget);
        corpus_survives_damage("oci-index", index_and_forget);
}

static void test_corpus_config(void **state) {
        corpus_must_pass("oci-config", config_and_forget);
        corpus_must_fail("oci-config", config_and_forget);
        corpus_survives_damage("oci-config", config_and_forget);
}

static OciManifest *parse_manifest(const char *text) {
        OciManifest *m = NULL;
        assert_int_equal(oci_manifest_parse(text, strlen(text), &m, NULL), 0);
        return m;
}

static OciIndex *parse_index(const char *text) {
        OciIndex *i = NULL;
        assert_int_equal(oci_index_parse(text, strlen(text), &i, NULL), 0);
        return i;
}

static OciConfig *parse_config(const char *text) {
        OciConfig *c = NULL;
        assert_int_equal(oci_config_parse(text, strlen(text), &c, NULL), 0);
        return c;
}

#define DESCRIPTOR(type, more)                                                                              \
        "{\"mediaType\":\"" type "\",\"digest\":\"sha256:" HEX64 "\",\"size\":7" more "}"
#define MANIFEST(config, layers) "{\"schemaVersion\":2,\"config\":" config ",\"layers\":[" layers "]}"
#define INDEX(entries) "{\"schemaVersion\":2,\"manifests\":[" entries "]}"
#define IMAGE_CONFIG DESCRIPTOR(OCI "config.v1+json", "")

static void assert_digest(const Digest *d, const char *expected) {
        char text[DIGEST_TEXT_MAX];

        digest_format(d, text);
        assert_string_equal(text, expected);
}

static void test_manifest(void **state) {
        static const char subject[] = DESCRIPTOR(OCI "manifest.v1+json", "");
        static const char config[] = DESCRIPTOR(DOCKER "container.image.v1+json", "");
        static const char bottom[] = DESCRIPTOR(OCI "layer.v1.tar", "");
        static const char top[] = DESCRIPTOR("x/y", ",\"annotations\":{\"a\":\"b\"},\"artifactType\":\"t\"");
        _cleanup_(oci_manifest_freep) OciManifest *m = NULL;
        _cleanup_free_ char *text = NULL;

        assert_return_code(str_printf(&text,
                                      "{\"schemaVersion\":2,\"artifactType\":\"a/"
                                      "b\",\"annotations\":{\"k\":\"v\"},"
                                      "\"subject\":%s,\"config\":%s,\"layers\":[%s,%s]}",
                                      subject, config, bottom, top),
                           0);
        m = parse_manifest(text);
        assert_string_equal(m->artifact_type, "a/b");
        assert_string_equal(oci_manifest_artifact_type(m), "a/b");
        assert_string_equal(pairs_get(&m->annotations, "k"), "v");
        assert_int_equal(m->subject->media_type, MEDIA_MANIFEST);
        assert_int_equal(m->config.media_type, MEDIA_CONFIG);
        assert_string_equal(m->config.media_type_text, DOCKER "container.image.v1+json");
        assert_int_equal(m->n_layers, 2);
        assert_int_equal(m->layers[0].media_type, MEDIA_LAYER_TAR);
        assert_int_equal(m->layers[0].size, 7);
        assert_digest(&m->layers[0].digest, "sha256:" HEX64);
        assert_null(m->layers[0].artifact_type);
        assert_null(m->layers[0].os);
        assert_int_equal(m->layers[1].media_type, MEDIA_UNKNOWN);
        assert_string_equal(m->layers[1].media_type_text, "x/y");
        assert_string_equal(m->layers[1].artifact_type, "t");
        assert_string_equal(pairs_get(&m->layers[1].annotations, "a"), "b");
}

static void test_config(void **state) {
        _cleanup_(oci_config_freep) OciConfig *c = parse_config(
                        "{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\",\"config\":{\"User\":"
                        "\"1:2\","
                        "\"Env\":[\"A=b\"],\"Entrypoint\":[\"/e\",\"-x\"],\"Cmd\":[\"c\"],\"WorkingDir\":\"/"
                        "w\","
                        "\"StopSignal\":\"SIGINT\",\"Labels\":{\"l\":\"m\"},\"ExposedPorts\":{\"80/"
                        "tcp\":{},\"1/udp\":{}},"
                        "\"Volumes\":{\"/"
                        "v\":{}}},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" HEX64 "\"]}}");

        assert_string_equal(c->os, "linux");
        assert_string_equal(c->architecture, "arm");
        assert_string_equal(c->variant, "v7");
        assert_string_equal(c->user, "1:2");
        assert_string_equal(c->working_dir, "/w");
        assert_string_equal(c->stop_signal, "SIGINT");
        assert_int_equal(strv_length(c->env), 1);
        assert_string_equal(c->env[0], "A=b");
        assert_int_equal(strv_length(c->entrypoint), 2);
        assert_string_equal(c->entrypoint[1], "-x");
        assert_string_equal(c->cmd[0], "c");
        assert_int_equal(strv_length(c->exposed_ports), 2);
        assert_string_equal(c->exposed_ports[1], "1/udp");
        assert_string_equal(c->volumes[0], "/v");
        assert_string_equal(pairs_get(&c->labels, "l"), "m");
        assert_int_equal(c->n_diff_ids, 1);
        assert_digest(&c->diff_ids[0], "sha256:" HEX64);
}

static void test_config_of_nothing(void **state) {
        _cleanup_(oci_config_freep) OciConfig *c =
                        parse_config("{\"os\":\"linux\",\"architecture\":\"amd64\",\"variant\":\"\","
                                     "\"config\":{\"User\":\"\",\"Env\":[],"
                                     "\"Cmd\":null,\"WorkingDir\":\"\"},\"rootfs\":{\"type\":\"layers\","
                                     "\"diff_ids\":[]}}");

        assert_null(c->variant);
        assert_null(c->user);
        assert_null(c->env);
        assert_null(c->cmd);
        assert_null(c->working_dir);
        assert_int_equal(c->n_diff_ids, 0);
}

/* `head`, `n` times `item` with commas, `tail`. */
static char *repeat(const char *head, const char *item, size_t n, const char *tail) {
        char *text = malloc(strlen(head) + n * (strlen(item) + 1) + strlen(tail) + 1), *p = text;

        assert_non_null(text);
        p = stpcpy(p, head);
        for (size_t i = 0; i < n; i++)
                p = stpcpy(stpcpy(p, i > 0 ? "," : ""), item);
        strcpy(p, tail);
        return text;
}

static void assert_limit(int (*parse)(const void *, size_t, char **), const char *head, const char *item,
                         size_t limit, const char *tail, const char *expected) {
        _cleanup_free_ char *most = repeat(head, item, limit, tail),
                            *more = repeat(head, item, limit + 1, tail), *why = NULL;

        assert_int_equal(parse(most, strlen(most), NULL), 0);
        assert_int_equal(parse(more, strlen(more), &why), -EBADMSG);
        assert_string_equal(why, expected);
}

static void test_limits(void **state) {
        assert_limit(manifest_and_forget, "{\"schemaVersion\":2,\"config\":" IMAGE_CONFIG ",\"layers\":[",
                     DESCRIPTOR(OCI "layer.v1.tar", ""), OCI_LAYERS_MAX, "]}",
                     "layers: 513 items, only 512 are allowed");
        assert_limit(index_and_forget, "{\"schemaVersion\":2,\"manifests\":[",
                     DESCRIPTOR(OCI "manifest.v1+json", ""), OCI_INDEX_MAX, "]}",
                     "manifests: 1025 items, only 1024 are allowed");
        assert_limit(config_and_forget,
                     "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_"
                     "ids\":[",
                     "\"sha256:" HEX64 "\"", OCI_LAYERS_MAX, "]}}",
                     "rootfs.diff_ids: 513 items, only 512 are allowed");
}

static void test_document_size(void **state) {
        static const char manifest[] = MANIFEST(IMAGE_CONFIG, "");
        size_t n = strlen(manifest);
        _cleanup_free_ char *text = malloc(OCI_DOCUMENT_MAX + 1);

        assert_non_null(text);
        memset(text, ' ', OCI_DOCUMENT_MAX + 1);
        memcpy(text, manifest, n);
        assert_int_equal(manifest_and_forget(text, OCI_DOCUMENT_MAX, NULL), 0);
        assert_int_equal(manifest_and_forget(text, OCI_DOCUMENT_MAX + 1, NULL), -EFBIG);
        assert_int_equal(index_and_forget(text, OCI_DOCUMENT_MAX + 1, NULL), -EFBIG);
        assert_int_equal(config_and_forget(text, OCI_DOCUMENT_MAX + 1, NULL), -EFBIG);
        assert_int_equal(oci_document_type(text, OCI_DOCUMENT_MAX, NULL), MEDIA_MANIFEST);
        assert_int_equal(oci_document_type(text, OCI_DOCUMENT_MAX + 1, NULL), -EFBIG);
}

static void test_document_type(void **state) {
        static const struct {
                const char *text;
                int type;
        } cases[] = {
                { MANIFEST(IMAGE_CONFIG, ""), MEDIA_MANIFEST },
                { INDEX(""), MEDIA_INDEX },
                { "{\"schemaVersion\":2,\"mediaType\":\"" OCI "manifest.v1+json\"}", MEDIA_MANIFEST },
                { "{\"schemaVersion\":2,\"mediaType\":\"" OCI "index.v1+json\"}", MEDIA_INDEX },
                { "{\"schemaVersion\":2,\"mediaType\":\"" DOCKER "distribution.manifest.v2+json\"}",
                  MEDIA_MANIFEST },
                { "{\"schemaVersion\":2,\"mediaType\":\"" DOCKER "distribution.manifest.list.v2+json\"}",
                  MEDIA_INDEX },
                { "{\"schemaVersion\":1,\"fsLayers\":[]}", -EBADMSG },
                { "{\"schemaVersion\":2,\"mediaType\":\"" DOCKER "distribution.manifest.v1+json\"}",
                  -EBADMSG },
                { "{\"schemaVersion\":2,\"mediaType\":\"" OCI "config.v1+json\",\"config\":{}}", -EBADMSG },
                { "{\"mediaType\":\"text/html\",\"manifests\":[]}", -EBADMSG },
                { "{}", -EBADMSG },
                { "[]", -EBADMSG },
                { "\"manifests\"", -EBADMSG },
                { "{\"config\":{},\"config\":{}}", -EBADMSG },
                { "", -EBADMSG },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *why = NULL;
                assert_int_equal(oci_document_type(cases[i].text, strlen(cases[i].text), &why),
                                 cases[i].type);
                assert_true((cases[i].type < 0) == (why != NULL));
        }
}

static void assert_image(const char *manifest, const char *expected) {
        _cleanup_(oci_manifest_freep) OciManifest *m = parse_manifest(manifest);
        _cleanup_free_ char *why = NULL;

        assert_int_equal(oci_manifest_check_image(m, &why), expected ? -EBADMSG : 0);
        assert_int_equal(oci_manifest_check_image(m, NULL), expected ? -EBADMSG : 0);
        if (expected)
                assert_string_equal(why, expected);
        else
                assert_null(why);
}

static void test_check_image(void **state) {
        assert_image(MANIFEST(IMAGE_CONFIG, DESCRIPTOR(OCI "layer.v1.tar", "")), NULL);
        assert_image(MANIFEST(IMAGE_CONFIG, DESCRIPTOR(OCI "layer.v1.tar+gzip",
                                                       "") "," DESCRIPTOR(OCI "layer.v1.tar+zstd", "")),
                     NULL);
        assert_image(MANIFEST(DESCRIPTOR(DOCKER "container.image.v1+json", ""),
                              DESCRIPTOR(DOCKER "image.rootfs.diff.tar.gzip", "")),
                     NULL);
        assert_image(MANIFEST(IMAGE_CONFIG, ""), "layers: none");
        assert_image(MANIFEST(DESCRIPTOR("application/vnd.oci.empty.v1+json", ""),
                              DESCRIPTOR(OCI "layer.v1.tar", "")),
                     "config: not an image's");
        assert_image(MANIFEST(IMAGE_CONFIG,
                              DESCRIPTOR(OCI "layer.v1.tar", "") "," DESCRIPTOR("text/plain", "")),
                     "layers[1]: not a tar archive");
        assert_image(MANIFEST(IMAGE_CONFIG,
                              DESCRIPTOR("application/vnd.dev.cosign.simplesigning.v1+json", "")),
                     "layers[0]: not a tar archive");
        assert_image(MANIFEST(IMAGE_CONFIG, DESCRIPTOR(OCI "layer.nondistributable.v1.tar+gzip", "")),
                     "layers[0]: encrypted, or not distributed by the registry");
        assert_image(MANIFEST(IMAGE_CONFIG, DESCRIPTOR(OCI "layer.v1.tar+gzip+encrypted", "")),
                     "layers[0]: encrypted, or not distributed by the registry");
}

static void test_layers_and_diff_ids(void **state) {
        _cleanup_(oci_manifest_freep) OciManifest *m =
                        parse_manifest(MANIFEST(IMAGE_CONFIG, DESCRIPTOR(OCI "layer.v1.tar", "")));
        _cleanup_(oci_config_freep) OciConfig *one =
                        parse_config("{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":"
                                     "\"layers\",\"diff_ids\":[\"sha256:" HEX64 "\"]}}");
        _cleanup_(oci_config_freep) OciConfig *none =
                        parse_config("{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":"
                                     "\"layers\",\"diff_ids\":[]}}");
        _cleanup_(oci_config_freep) OciConfig *appc =
                        parse_config("{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":"
                                     "\"layers\",\"diff_ids\":[\"sha512:" HEX64 HEX64 "\"]}}");
        _cleanup_free_ char *why = NULL, *why_not = NULL;

        assert_int_equal(oci_image_check(m, one, &why), 0);
        assert_null(why);
        assert_int_equal(oci_image_check(m, none, &why), -EBADMSG);
        assert_string_equal(why, "1 layers in the manifest, 0 diff_ids in the config");
        assert_int_equal(oci_image_check(m, appc, &why_not), -EBADMSG);
        assert_string_equal(why_not, "rootfs.diff_ids[0]: only sha256 is supported");
}

/* Entries are told apart by their size. */
#define ENTRY(n, o, a, v)                                                                                   \
        {                                                                                                   \
                .media_type = MEDIA_MANIFEST, .size = (n), .os = (char *) (o),                              \
                .architecture = (char *) (a), .variant = (char *) (v)                                       \
        }

static void assert_choice(const OciIndex *i, const char *architecture, const char *variant,
                          uint64_t expected) {
        const OciDescriptor *d = oci_index_choose(i, "linux", architecture, variant);

        assert_int_equal(d ? d->size : 0, expected);
}

static void test_choose(void **state) {
        static OciDescriptor entries[] = {
                ENTRY(1, "unknown", "unknown", NULL),
                ENTRY(2, NULL, NULL, NULL),
                { .media_type = MEDIA_INDEX,
                  .size = 3,
                  .os = (char *) "linux",
                  .architecture = (char *) "amd64" },
                ENTRY(4, "windows", "amd64", NULL),
                ENTRY(5, "linux", "amd64", "v3"),
                ENTRY(6, "linux", "amd64", NULL),
                ENTRY(7, "linux", "amd64", NULL),
                ENTRY(10, "linux", "arm", "v5"),
                ENTRY(11, "linux", "arm", "v7"),
                ENTRY(12, "linux", "arm", "v6"),
                ENTRY(13, "linux", "arm", "v9"),
                ENTRY(20, "linux", "arm64", NULL),
                ENTRY(21, "linux", "arm64", "v8"),
        };
        const OciIndex i = { .manifests = entries, .n_manifests = ELEMENTSOF(entries) };

        assert_choice(&i, "amd64", NULL, 6);
        assert_choice(&i, "amd64", "v1", 6);
        assert_choice(&i, "amd64", "v3", 5);
        assert_choice(&i, "amd64", "v2", 6);
        assert_choice(&i, "arm", "v7", 11);
        assert_choice(&i, "arm", NULL, 11);
        assert_choice(&i, "arm", "v6", 12);
        assert_choice(&i, "arm", "v5", 10);
        assert_choice(&i, "arm64", "v8", 21);
        assert_choice(&i, "arm64", NULL, 20);
        assert_choice(&i, "riscv64", NULL, 0);
        assert_choice(&i, "AMD64", NULL, 0);
        assert_null(oci_index_choose(&i, "freebsd", "amd64", NULL));
        assert_int_equal(oci_index_choose(&i, "windows", "amd64", NULL)->size, 4);
}

static void test_choose_only_newer(void **state) {
        static OciDescriptor entries[] = {
                ENTRY(1, "linux", "amd64", "v4"),
                ENTRY(2, "linux", "arm", "v7"),
                ENTRY(3, "linux", "arm64", "v9"),
        };
        const OciIndex i = { .manifests = entries, .n_manifests = ELEMENTSOF(entries) };

        assert_choice(&i, "amd64", NULL, 0);
        assert_choice(&i, "arm", "v6", 0);
        assert_choice(&i, "arm64", "v8", 0);
}

static void test_index(void **state) {
        _cleanup_(oci_index_freep) OciIndex *i = parse_index(
                        "{\"schemaVersion\":2,\"artifactType\":\"a/"
                        "b\",\"annotations\":{\"k\":\"v\"},\"manifests\":["
                        "{\"mediaType\":\"" OCI "manifest.v1+json\",\"digest\":\"sha256:" HEX64
                        "\",\"size\":7,"
                        "\"platform\":{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\"}}]}");

        assert_string_equal(i->artifact_type, "a/b");
        assert_string_equal(pairs_get(&i->annotations, "k"), "v");
        assert_int_equal(i->n_manifests, 1);
        assert_string_equal(i->manifests[0].os, "linux");
        assert_string_equal(i->manifests[0].architecture, "arm");
        assert_string_equal(i->manifests[0].variant, "v7");
        assert_choice(i, "arm", "v7", 7);
}

#define TAGGED(number, tag)                                                                                 \
        "{\"mediaType\":\"" OCI "manifest.v1+json\",\"digest\":\"sha256:" HEX64 "\",\"size\":" #number      \
        ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" tag "\"}}"

#define ARTIFACT DESCRIPTOR("x/y", ",\"artifactType\":\"t\"")

static void test_find_tag(void **state) {
        _cleanup_(oci_index_freep) OciIndex *several = parse_index(INDEX(
                        TAGGED(1, "a") "," TAGGED(2, "b") "," TAGGED(3, "b") "," DESCRIPTOR("x/y", "")));
        _cleanup_(oci_index_freep) OciIndex *one = parse_index(INDEX(TAGGED(1, "a"))),
                                            *none = parse_index(INDEX("")),
                                            *with = parse_index(INDEX(TAGGED(7, "a") "," ARTIFACT));

        assert_int_equal(oci_index_find_tag(several, "a")->size, 1);
        assert_null(oci_index_find_tag(several, "b")); /* two */
        assert_null(oci_index_find_tag(several, "c"));
        assert_null(oci_index_find_tag(several, NULL));
        assert_int_equal(oci_index_find_tag(one, NULL)->size, 1);
        assert_null(oci_index_find_tag(one, "latest"));
        assert_null(oci_index_find_tag(none, NULL));
        assert_int_equal(oci_index_find_tag(with, NULL)->size, 7);
}

static void test_media_types(void **state) {
        static const struct {
                const char *text;
                MediaType type;
        } cases[] = {
                { OCI "manifest.v1+json", MEDIA_MANIFEST },
                { OCI "index.v1+json", MEDIA_INDEX },
                { OCI "config.v1+json", MEDIA_CONFIG },
                { OCI "layer.v1.tar", MEDIA_LAYER_TAR },
                { OCI "layer.v1.tar+gzip", MEDIA_LAYER_GZIP },
                { OCI "layer.v1.tar+zstd", MEDIA_LAYER_ZSTD },
                { OCI "layer.nondistributable.v1.tar", MEDIA_LAYER_FOREIGN },
                { DOCKER "distribution.manifest.v2+json", MEDIA_MANIFEST },
                { DOCKER "distribution.manifest.list.v2+json", MEDIA_INDEX },
                { DOCKER "container.image.v1+json", MEDIA_CONFIG },
                { DOCKER "image.rootfs.diff.tar.gzip", MEDIA_LAYER_GZIP },
                { DOCKER "image.rootfs.foreign.diff.tar.gzip", MEDIA_LAYER_FOREIGN },
                { DOCKER "distribution.manifest.v1+prettyjws", MEDIA_DOCKER_SCHEMA1 },
                { "application/vnd.dev.cosign.simplesigning.v1+json", MEDIA_COSIGN_SIGNATURE },
                { "application/vnd.dev.sigstore.bundle.v0.3+json", MEDIA_SIGSTORE_BUNDLE },
                { "", MEDIA_UNKNOWN },
                { "application/json", MEDIA_UNKNOWN },
                { OCI "manifest.v1+json ", MEDIA_UNKNOWN },
                { OCI "manifest.v1+JSON", MEDIA_UNKNOWN },
                { OCI "layer.v1.tar+gz", MEDIA_UNKNOWN },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_int_equal(media_type_parse(cases[i].text), cases[i].type);
}

/* What we ask for is what we can read. */
static void test_accept(void **state) {
        _cleanup_free_ char *accept = strdup(OCI_ACCEPT);
        size_t n = 0;

        assert_non_null(accept);
        for (char *p = strtok(accept, ", "); p; p = strtok(NULL, ", "), n++) {
                MediaType type = media_type_parse(p);
                assert_true(type == MEDIA_MANIFEST || type == MEDIA_INDEX);
        }
        assert_int_equal(n, 4);
}

static void test_architecture(void **state) {
        const char *architecture, *variant;

        assert_int_equal(oci_architecture_of("x86_64", &architecture, &variant), 0);
        assert_string_equal(architecture, "amd64");
        assert_null(variant);
        assert_int_equal(oci_architecture_of("aarch64", &architecture, &variant), 0);
        assert_string_equal(architecture, "arm64");
        assert_string_equal(variant, "v8");
        assert_int_equal(oci_architecture_of("armv7l", &architecture, &variant), 0);
        assert_string_equal(architecture, "arm");
        assert_string_equal(variant, "v7");
        assert_int_equal(oci_architecture_of("i686", &architecture, &variant), 0);
        assert_string_equal(architecture, "386");
        assert_int_equal(oci_architecture_of("pdp11", &architecture, &variant), -EOPNOTSUPP);
}

static void test_free_nothing(void **state) {
        assert_null(oci_manifest_free(NULL));
        assert_null(oci_index_free(NULL));
        assert_null(oci_config_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_corpus_manifest),
                cmocka_unit_test(test_corpus_index),
                cmocka_unit_test(test_corpus_config),
                cmocka_unit_test(test_manifest),
                cmocka_unit_test(test_index),
                cmocka_unit_test(test_config),
                cmocka_unit_test(test_config_of_nothing),
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_document_size),
                cmocka_unit_test(test_document_type),
                cmocka_unit_test(test_check_image),
                cmocka_unit_test(test_layers_and_diff_ids),
                cmocka_unit_test(test_choose),
                cmocka_unit_test(test_choose_only_newer),
                cmocka_unit_test(test_find_tag),
                cmocka_unit_test(test_media_types),
                cmocka_unit_test(test_accept),
                cmocka_unit_test(test_architecture),
                cmocka_unit_test(test_free_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
