/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of image/reference.
 * Never: lets a spelling through that is not written down here or in test/corpus/reference.
 * Follows: DESIGN.md section 3, "References". */

#include "corpus.h"

#include "image/reference.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NO_NAME NULL

static const struct {
        const char *text, *canonical;
        ReferenceKind kind;
        const char *name; /* what trust rules see */
} cases[] = {
        /* registries */
        { "busybox", "docker.io/library/busybox:latest", REFERENCE_REGISTRY, "docker.io/library/busybox" },
        { "docker://busybox", "docker.io/library/busybox:latest", REFERENCE_REGISTRY,
          "docker.io/library/busybox" },
        { "docker.io/busybox", "docker.io/library/busybox:latest", REFERENCE_REGISTRY,
          "docker.io/library/busybox" },
        { "docker.io/library/busybox:1.36", "docker.io/library/busybox:1.36", REFERENCE_REGISTRY,
          "docker.io/library/busybox" },
        { "index.docker.io/busybox", "docker.io/library/busybox:latest", REFERENCE_REGISTRY,
          "docker.io/library/busybox" },
        { "INDEX.docker.io/a/b", "docker.io/a/b:latest", REFERENCE_REGISTRY, "docker.io/a/b" },
        { "coreos/etcd:v3.5", "docker.io/coreos/etcd:v3.5", REFERENCE_REGISTRY, "docker.io/coreos/etcd" },
        { "Quay.IO/coreos/etcd", "quay.io/coreos/etcd:latest", REFERENCE_REGISTRY, "quay.io/coreos/etcd" },
        { "quay.io/etcd", "quay.io/etcd:latest", REFERENCE_REGISTRY, "quay.io/etcd" },
        { "quay.io/a/b/c/d:T_-.1", "quay.io/a/b/c/d:T_-.1", REFERENCE_REGISTRY, "quay.io/a/b/c/d" },
        { "localhost/a", "localhost/a:latest", REFERENCE_REGISTRY, "localhost/a" },
        { "localhost:5000/a:b", "localhost:5000/a:b", REFERENCE_REGISTRY, "localhost:5000/a" },
        { "localhost:5000", "docker.io/library/localhost:5000", REFERENCE_REGISTRY,
          "docker.io/library/localhost" },
        { "registry:1/a", "registry:1/a:latest", REFERENCE_REGISTRY, "registry:1/a" },
        { "127.0.0.1:65535/a", "127.0.0.1:65535/a:latest", REFERENCE_REGISTRY, "127.0.0.1:65535/a" },
        { "[::1]/a", "[::1]/a:latest", REFERENCE_REGISTRY, "[::1]/a" },
        { "[FE80::1]:5000/a:1", "[fe80::1]:5000/a:1", REFERENCE_REGISTRY, "[fe80::1]:5000/a" },
        { "a@sha256:" HEX64, "docker.io/library/a@sha256:" HEX64, REFERENCE_REGISTRY,
          "docker.io/library/a" },
        { "quay.io/a:b@sha512:" HEX64 HEX64, "quay.io/a:b@sha512:" HEX64 HEX64, REFERENCE_REGISTRY,
          "quay.io/a" },
        { "quay.io/a-b__c.d_e", "quay.io/a-b__c.d_e:latest", REFERENCE_REGISTRY, "quay.io/a-b__c.d_e" },
        { "quay.io/" HEX64, "quay.io/" HEX64 ":latest", REFERENCE_REGISTRY, "quay.io/" HEX64 },
        { "ocitool:1", "docker.io/library/ocitool:1", REFERENCE_REGISTRY, "docker.io/library/ocitool" },
        { "aci", "docker.io/library/aci:latest", REFERENCE_REGISTRY, "docker.io/library/aci" },
        { "sha256-tools/a", "docker.io/sha256-tools/a:latest", REFERENCE_REGISTRY,
          "docker.io/sha256-tools/a" },
        /* directories and archives */
        { "oci:/srv/a", "oci:/srv/a", REFERENCE_OCI_DIR, "oci:/srv/a" },
        { "oci:/srv/a:1.0", "oci:/srv/a:1.0", REFERENCE_OCI_DIR, "oci:/srv/a" },
        { "oci:a", "oci:a", REFERENCE_OCI_DIR, "oci:a" },
        { "oci:/srv/a:b/c", "oci:/srv/a:b/c", REFERENCE_OCI_DIR, "oci:/srv/a:b/c" },
        { "oci:/srv/Ä b:x", "oci:/srv/Ä b:x", REFERENCE_OCI_DIR, "oci:/srv/Ä b" },
        { "oci-archive:a.tar:1", "oci-archive:a.tar:1", REFERENCE_OCI_ARCHIVE, "oci-archive:a.tar" },
        { "docker-archive:/a.tar", "docker-archive:/a.tar", REFERENCE_DOCKER_ARCHIVE,
          "docker-archive:/a.tar" },
        { "docker-archive:a b.tar", "docker-archive:a b.tar", REFERENCE_DOCKER_ARCHIVE,
          "docker-archive:a b.tar" },
        { "docker-archive:/a:b/c:1", "docker-archive:/a:b/c:1", REFERENCE_DOCKER_ARCHIVE,
          "docker-archive:/a" },
        { "docker-archive:../a.tar:busybox", "docker-archive:../a.tar:busybox", REFERENCE_DOCKER_ARCHIVE,
          "docker-archive:../a.tar" },
        { "docker-archive:/a.tar:localhost:5000/b:1", "docker-archive:/a.tar:localhost:5000/b:1",
          REFERENCE_DOCKER_ARCHIVE, "docker-archive:/a.tar" },
        /* appc */
        { "aci:example.com/hello", "aci:example.com/hello", REFERENCE_ACI, "aci:example.com/hello" },
        { "aci:example.com/hello:1.0.0", "aci:example.com/hello:1.0.0", REFERENCE_ACI,
          "aci:example.com/hello" },
        { "aci:example.com/hello,version=1.0.0", "aci:example.com/hello:1.0.0", REFERENCE_ACI,
          "aci:example.com/hello" },
        { "aci:a:1,os=linux,arch=amd64", "aci:a:1,arch=amd64,os=linux", REFERENCE_ACI, "aci:a" },
        { "aci:a,special=!*'();@&+$/?#[]", "aci:a,special=!*'();@&+$/?#[]", REFERENCE_ACI, "aci:a" },
        { "aci:a,x=1=2,y=", "aci:a,x=1=2,y=", REFERENCE_ACI, "aci:a" },
        { "/srv/hello.aci", "/srv/hello.aci", REFERENCE_ACI_FILE, NO_NAME },
        { "./hello.aci", "./hello.aci", REFERENCE_ACI_FILE, NO_NAME },
        { "../x/hello.aci", "../x/hello.aci", REFERENCE_ACI_FILE, NO_NAME },
        { "https://example.com/a/hello.aci", "https://example.com/a/hello.aci", REFERENCE_ACI_URL, NO_NAME },
        { "https://[::1]:8443/hello.aci", "https://[::1]:8443/hello.aci", REFERENCE_ACI_URL, NO_NAME },
        /* IDs */
        { "sha256:" HEX64, "sha256-" HEX64, REFERENCE_ID, NO_NAME },
        { "sha256-" HEX64, "sha256-" HEX64, REFERENCE_ID, NO_NAME },
        { "sha256:01234567", "sha256-01234567", REFERENCE_ID, NO_NAME },
        { "sha512-0123456789", "sha512-0123456789", REFERENCE_ID, NO_NAME },
};

static void test_spellings(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *text = NULL, *name = NULL, *why = NULL, *again = NULL;
                _cleanup_reference_ Reference *ref = NULL, *second = NULL;

                if (reference_parse(cases[i].text, &ref, &why) < 0)
                        fail_msg("%s: %s", cases[i].text, why);
                assert_int_equal(ref->kind, cases[i].kind);

                assert_int_equal(reference_format(ref, &text), 0);
                assert_string_equal(text, cases[i].canonical);

                assert_int_equal(reference_name(ref, &name), cases[i].name ? 0 : -ENODATA);
                if (cases[i].name)
                        assert_string_equal(name, cases[i].name);

                /* what is written down is read as the same */
                assert_int_equal(reference_parse(text, &second, NULL), 0);
                assert_int_equal(second->kind, ref->kind);
                assert_int_equal(second->has_digest, ref->has_digest);
                assert_memory_equal(&second->digest, &ref->digest, sizeof(Digest));
                assert_int_equal(reference_format(second, &again), 0);
                assert_string_equal(again, text);
        }
}

static void test_parts(void **state) {
        _cleanup_reference_ Reference *registry = NULL, *pinned = NULL, *layout = NULL, *aci = NULL,
                                      *archive = NULL, *whole = NULL;
        char digest[DIGEST_TEXT_MAX];

        assert_int_equal(reference_parse("quay.io:444/a/b:c@sha256:" HEX64, &registry, NULL), 0);
        assert_string_equal(registry->registry, "quay.io:444");
        assert_string_equal(registry->repository, "a/b");
        assert_string_equal(registry->tag, "c");
        assert_true(registry->has_digest);
        digest_format(&registry->digest, digest);
        assert_string_equal(digest, "sha256:" HEX64);
        assert_null(registry->path);

        /* a digest says it all: no tag is made up */
        assert_int_equal(reference_parse("a@sha256:" HEX64, &pinned, NULL), 0);
        assert_null(pinned->tag);

        assert_int_equal(reference_parse("oci:x/y:z", &layout, NULL), 0);
        assert_string_equal(layout->path, "x/y");
        assert_string_equal(layout->tag, "z");
        assert_false(layout->has_digest);

        /* the tag of an archive is a name, with a tag of its own or without */
        assert_int_equal(reference_parse("docker-archive:/x.tar:quay.io:444/a/b:c", &archive, NULL), 0);
        assert_string_equal(archive->path, "/x.tar");
        assert_string_equal(archive->tag, "quay.io:444/a/b:c");
        assert_int_equal(reference_parse("docker-archive:x", &whole, NULL), 0);
        assert_string_equal(whole->path, "x");
        assert_null(whole->tag);

        assert_int_equal(reference_parse("aci:a.b/c:1.0,os=linux,arch=amd64", &aci, NULL), 0);
        assert_string_equal(aci->name, "a.b/c");
        assert_string_equal(aci->version, "1.0");
        assert_int_equal(aci->labels.n, 2);
        assert_string_equal(pairs_get(&aci->labels, "os"), "linux");
        assert_string_equal(pairs_get(&aci->labels, "arch"), "amd64");
}

static int parse_text(const void *data, size_t size, char **reterr_why) {
        _cleanup_reference_ Reference *ref = NULL;
        _cleanup_free_ char *text = strndup(data, size);

        assert_non_null(text);
        int r = reference_parse(text, &ref, reterr_why);
        assert_true((r == 0) == (ref != NULL));
        return r;
}

static void test_must_pass(void **state) {
        corpus_must_pass("reference", parse_text);
}

static void test_must_fail(void **state) {
        corpus_must_fail("reference", parse_text);
}

static void test_no_message_wanted(void **state) {
        assert_int_equal(parse_text("A", 1, NULL), -EINVAL);
}

/* Any text: read or refused; what is read can be written and read again. */
static void test_damaged(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                for (size_t k = 0; cases[i].text[k]; k++)
                        for (unsigned c = 1; c < 256; c++) {
                                _cleanup_free_ char *text = strdup(cases[i].text), *written = NULL,
                                                    *again = NULL;
                                _cleanup_reference_ Reference *ref = NULL, *second = NULL;

                                assert_non_null(text);
                                text[k] = c;
                                if (reference_parse(text, &ref, NULL) < 0)
                                        continue;
                                assert_int_equal(reference_format(ref, &written), 0);
                                assert_int_equal(reference_parse(written, &second, NULL), 0);
                                assert_int_equal(second->kind, ref->kind);
                                assert_int_equal(reference_format(second, &again), 0);
                                assert_string_equal(again, written);
                        }
}

/* References that programs put together rather than read. */
static void test_format_refuses(void **state) {
        static Pair colon = { (char *) "a", (char *) "1:2" };
        const Reference wrong[] = {
                { .kind = REFERENCE_ACI, .name = (char *) "a", .version = (char *) "1:2.3" },
                { .kind = REFERENCE_ACI, .name = (char *) "a", .version = (char *) "1,os=linux" },
                { .kind = REFERENCE_ACI, .name = (char *) "a", .version = (char *) "" },
                { .kind = REFERENCE_ACI, .name = (char *) "a", .version = (char *) "1\n" },
                { .kind = REFERENCE_ACI, .name = (char *) "a", .labels = { &colon, 1 } },
                { .kind = REFERENCE_OCI_DIR, .path = (char *) "/srv/a:b" },
                { .kind = REFERENCE_OCI_ARCHIVE, .path = (char *) "a:b" },
        };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                char *text = NULL;
                assert_int_equal(reference_format(&wrong[i], &text), -EINVAL);
                assert_null(text);
        }
}

static void test_machine_name(void **state) {
        static const char *const valid[] = {
                "a",
                "A",
                "0",
                "web",
                "web-1",
                "a.b",
                "a-b.c-d",
                "a--b",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", /* 64 */
        };
        static const char *const invalid[] = {
                "",     ".",    "-",
                ".a",   "a.",   "-a",
                "a-",   "a..b", "a.-b",
                "a-.b", "a_b",  "a b",
                "a/b",  "a\n",  "é",
                "..",   "a@b",  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", /* 65 */
        };

        for (size_t i = 0; i < ELEMENTSOF(valid); i++)
                assert_true(reference_is_valid_machine_name(valid[i]));
        for (size_t i = 0; i < ELEMENTSOF(invalid); i++)
                assert_false(reference_is_valid_machine_name(invalid[i]));
}

static void test_pod_name(void **state) {
        static const struct {
                const char *name, *expected;
        } names[] = {
                { "docker.io/library/busybox", "busybox-3f9a" },
                { "example.com/hello", "hello-3f9a" },
                { "hello", "hello-3f9a" },
                { "/srv/hello.aci", "hello.aci-3f9a" },
                { "quay.io/a/b__c", "b-c-3f9a" },
                { "example.com/~user", "user-3f9a" },
                { "example.com/a._-b", "a.b-3f9a" },
                { "quay.io/UPPER", "UPPER-3f9a" },
                { "oci:/srv/images/", "pod-3f9a" },
                { "/", "pod-3f9a" },
                { "", "pod-3f9a" },
                { "x/日本", "pod-3f9a" },
                { "x/a日", "a-3f9a" },
                { "x/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-3f9a" },
                { "x/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-b",
                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-3f9a" },
        };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                _cleanup_free_ char *name = NULL;
                assert_int_equal(reference_default_pod_name(names[i].name, "3f9a", &name), 0);
                assert_string_equal(name, names[i].expected);
                assert_true(reference_is_valid_machine_name(name));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_spellings),         cmocka_unit_test(test_parts),
                cmocka_unit_test(test_must_pass),         cmocka_unit_test(test_must_fail),
                cmocka_unit_test(test_no_message_wanted), cmocka_unit_test(test_damaged),
                cmocka_unit_test(test_format_refuses),    cmocka_unit_test(test_machine_name),
                cmocka_unit_test(test_pod_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
