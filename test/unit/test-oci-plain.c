/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of image/oci-plain.
 * Never: is content with documents that only their maker reads: the parsers read them, too.
 * Follows: image/oci-plain.h; OCI image-spec v1.1. */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "image/hasher.h"
#include "image/oci-plain.h"

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static char config_text[] = "{\"architecture\":\"arm64\",\"os\":\"linux\",\"variant\":\"v8\",\"rootfs\":"
                            "{\"type\":\"layers\",\"diff_ids\":[\"" A "\",\"" B "\"]}}";
static const Blob config_blob = { config_text, sizeof(config_text) - 1 };
static const uint64_t sizes[] = { 1024, 5000000000 };

static OciConfig *config(void) {
        OciConfig *c = NULL;

        assert_int_equal(oci_config_parse(config_blob.data, config_blob.size, &c, NULL), 0);
        return c;
}

static void test_manifest(void **state) {
        _cleanup_(oci_config_freep) OciConfig *c = config();
        _cleanup_(oci_manifest_freep) OciManifest *m = NULL;
        _cleanup_pairs_ Pairs annotations = {};
        _cleanup_blob_ Blob text = {}, again = {};
        Digest digest;

        assert_int_equal(pairs_add(&annotations, "org.example.b", "\"quoted\""), 0);
        assert_int_equal(pairs_add(&annotations, "org.example.a", "1"), 0);
        assert_int_equal(oci_plain_manifest(&config_blob, c, sizes, &annotations, &text), 0);
        assert_int_equal(oci_plain_manifest(&config_blob, c, sizes, &annotations, &again), 0);
        assert_string_equal(text.data, again.data);

        assert_int_equal(oci_document_type(text.data, text.size, NULL), MEDIA_MANIFEST);
        assert_int_equal(oci_manifest_parse(text.data, text.size, &m, NULL), 0);
        assert_int_equal(oci_manifest_check_image(m, NULL), 0);
        assert_int_equal(oci_image_check(m, c, NULL), 0);
        assert_int_equal(digest_of(DIGEST_SHA256, config_blob.data, config_blob.size, &digest), 0);
        assert_true(digest_equal(&m->config.digest, &digest));
        assert_int_equal(m->config.size, config_blob.size);
        for (size_t i = 0; i < 2; i++) {
                assert_int_equal(m->layers[i].media_type, MEDIA_LAYER_TAR);
                assert_true(digest_equal(&m->layers[i].digest, &c->diff_ids[i]));
                assert_int_equal(m->layers[i].size, sizes[i]);
        }
        assert_string_equal(pairs_get(&m->annotations, "org.example.b"), "\"quoted\"");
        assert_string_equal(pairs_get(&m->annotations, "org.example.a"), "1");
}

static void test_manifest_bytes(void **state) {
        _cleanup_(oci_config_freep) OciConfig *c = config();
        _cleanup_blob_ Blob text = {};

        assert_int_equal(oci_plain_manifest(&config_blob, c, sizes, &(Pairs) {}, &text), 0);
        assert_string_equal(
                        text.data,
                        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":"
                        "{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":"
                        "\"sha256:c156bf5b323ca76dd41d39a3e1f8c1e0b47fafe0e340752197055b667bec1b50\",\"size\":240},"
                        "\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"" A
                        "\",\"size\":1024},{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"" B
                        "\",\"size\":5000000000}]}\n");
}

/* The tag and the name by which it is found again, and what platform it is for. */
static void index_has(const char *name, const char *tag, const char *whole) {
        _cleanup_(oci_config_freep) OciConfig *c = config();
        _cleanup_(oci_index_freep) OciIndex *index = NULL;
        _cleanup_reference_ Reference *reference = NULL;
        _cleanup_blob_ Blob text = {}, manifest = { strdup("manifest"), 8 };

        if (name)
                assert_int_equal(reference_parse(name, &reference, NULL), 0);
        assert_int_equal(oci_plain_index(&manifest, c, reference, &text), 0);
        assert_int_equal(oci_document_type(text.data, text.size, NULL), MEDIA_INDEX);
        assert_int_equal(oci_index_parse(text.data, text.size, &index, NULL), 0);
        assert_int_equal(index->n_manifests, 1);

        const OciDescriptor *d = &index->manifests[0];
        const char *found = pairs_get(&d->annotations, "org.opencontainers.image.ref.name"),
                   *found_whole = pairs_get(&d->annotations, "io.containerd.image.name");
        assert_string_equal(found ? found : "", tag);
        assert_string_equal(found_whole ? found_whole : "", whole);
        assert_ptr_equal(oci_index_find_tag(index, NULL), d);
        assert_ptr_equal(oci_index_choose(index, "linux", "arm64", "v8"), d);
}

static void test_index(void **state) {
        index_has("busybox", "latest", "docker.io/library/busybox:latest");
        index_has("127.0.0.1:5000/web:1", "1", "127.0.0.1:5000/web:1");
        index_has("quay.io/a/b@" A, "", "");
        index_has("quay.io/a/b:c@" A, "c", "quay.io/a/b:c");
        index_has("oci:/layout:tag", "tag", "");
        index_has("oci:/layout", "", "");
        index_has("oci-archive:/f.tar:tag", "tag", "");
        index_has(NULL, "", "");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_manifest),
                cmocka_unit_test(test_manifest_bytes),
                cmocka_unit_test(test_index),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
