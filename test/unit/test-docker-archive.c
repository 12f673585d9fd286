/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of image/docker-archive.h.
 * Never: opens an archive.
 * Follows: https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md. */

#include "corpus.h"

#include "image/docker-archive.h"
#include "image/oci.h"

static int parse_and_forget(const void *data, size_t size, char **reterr_why) {
        _cleanup_docker_archive_ DockerArchive a = {};

        return docker_archive_parse(data, size, &a, reterr_why);
}

static void test_corpus(void **state) {
        corpus_must_pass("docker-archive", parse_and_forget);
        corpus_must_fail("docker-archive", parse_and_forget);
        corpus_survives_damage("docker-archive", parse_and_forget);
}

static void test_too_large(void **state) {
        _cleanup_free_ char *blanks = malloc(OCI_DOCUMENT_MAX + 1);
        DockerArchive a = { .n_images = 12345 };

        assert_non_null(blanks);
        memset(blanks, ' ', OCI_DOCUMENT_MAX + 1);
        assert_int_equal(docker_archive_parse(blanks, OCI_DOCUMENT_MAX + 1, &a, NULL), -EFBIG);
        assert_int_equal(docker_archive_parse(blanks, OCI_DOCUMENT_MAX, &a, NULL), -EBADMSG);
        assert_int_equal(a.n_images, 12345);
}

static DockerArchive parse(const char *text) {
        DockerArchive a = {};

        assert_return_code(docker_archive_parse(text, strlen(text), &a, NULL), 0);
        return a;
}

static void test_contents(void **state) {
        _cleanup_docker_archive_ DockerArchive a = parse(
                        "[{\"Config\":\"a.json\",\"RepoTags\":null,\"Layers\":[\"1/layer.tar\",\"2/layer.tar\"]},"
                        " {\"Config\":\"b.json\",\"RepoTags\":[\"b:1\",\"b:2\"],\"Layers\":[\"1/layer.tar\"]}]");

        assert_int_equal(a.n_images, 2);
        assert_string_equal(a.images[0].config, "a.json");
        assert_null(a.images[0].tags);
        assert_string_equal(a.images[0].layers[0], "1/layer.tar");
        assert_string_equal(a.images[0].layers[1], "2/layer.tar");
        assert_null(a.images[0].layers[2]);
        assert_string_equal(a.images[1].tags[1], "b:2");
        assert_null(a.images[1].tags[2]);
}

/* The config of the image found; NULL if there is none. */
static void finds(const DockerArchive *a, const char *tag, const char *config) {
        const DockerArchiveImage *image = NULL;

        int r = docker_archive_find(a, tag, &image);
        if (r != (config ? 0 : -ENOENT) || (config && !streq(image->config, config)))
                fail_msg("'%s': %d, %s", tag, r, image ? image->config : "none");
}

static void test_find(void **state) {
        _cleanup_docker_archive_ DockerArchive a = parse(
                        "[{\"Config\":\"0\",\"RepoTags\":null,\"Layers\":[\"l\"]},"
                        " {\"Config\":\"1\",\"RepoTags\":[\"busybox:latest\"],\"Layers\":[\"l\"]},"
                        " {\"Config\":\"2\",\"RepoTags\":[\"\",\"oci:x\",\"A B\",\"quay.io/c/d:v2\",\"e/f:1\"],"
                        "  \"Layers\":[\"l\"]},"
                        " {\"Config\":\"3\",\"RepoTags\":[\"e/f:1\",\"e/f:2\"],\"Layers\":[\"l\"]}]");

        finds(&a, "busybox", "1");
        finds(&a, "busybox:latest", "1");
        finds(&a, "library/busybox", "1");
        finds(&a, "docker.io/library/busybox:latest", "1");
        finds(&a, "index.docker.io/busybox", "1");
        finds(&a, "busybox:1", NULL);
        finds(&a, "quay.io/busybox", NULL);
        finds(&a, "quay.io/c/d:v2", "2");
        finds(&a, "quay.io/c/d", NULL);
        finds(&a, "c/d:v2", NULL);
        finds(&a, "e/f:1", "2"); /* the first that has it */
        finds(&a, "docker.io/e/f:2", "3");

        /* What is no tag finds nothing, not even itself. */
        finds(&a, "", NULL);
        finds(&a, "oci:x", NULL);
        finds(&a, "A B", NULL);
        finds(&a, "/busybox.aci", NULL);
}

static void test_find_only(void **state) {
        _cleanup_docker_archive_ DockerArchive none = parse("[]"),
                                               one = parse("[{\"Config\":\"0\",\"Layers\":[\"l\"]}]"),
                                               two = parse("[{\"Config\":\"0\",\"Layers\":[\"l\"]},"
                                                           " {\"Config\":\"1\",\"Layers\":[\"l\"]}]");
        const DockerArchiveImage *image;

        finds(&none, NULL, NULL);
        finds(&one, NULL, "0");
        finds(&one, "a", NULL);
        assert_int_equal(docker_archive_find(&two, NULL, &image), -ENOTUNIQ);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_corpus),    cmocka_unit_test(test_too_large),
                cmocka_unit_test(test_contents),  cmocka_unit_test(test_find),
                cmocka_unit_test(test_find_only),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
