/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of trust/cosign.h.
 * Never: signs (test/corpus-tools/make-cosign.py did, with openssl).
 * Follows: STYLE.md, "Tests". */

#include "cases.h"

#include "trust/cosign.h"
#include "trust/key.h"

#define NAME "quay.io/coreos/etcd"
#define DIGEST "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static const char *const key_files[] = { "p256.pem",    "p384.pem",    "p521.pem",   "rsa2048.pem",
                                         "rsa3072.pem", "rsa4096.pem", "ed25519.pem" };
static PemKey keys[ELEMENTSOF(key_files)];
static Digest digests[2];

static int set_up(void **state) {
        _cleanup_close_ int fd = corpus_open("cosign-payload", "keys");

        for (size_t i = 0; i < ELEMENTSOF(key_files); i++) {
                _cleanup_blob_ Blob text = {};
                if (file_read_at(fd, key_files[i], 64 * 1024, &text) < 0 ||
                    pem_key_parse(text.data, text.size, &keys[i], NULL) < 0)
                        return -1;
        }

        return digest_parse(OTHER, &digests[0]) < 0 || digest_parse(DIGEST, &digests[1]) < 0 ? -1 : 0;
}

static int tear_down(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                pem_key_done(&keys[i]);
        return 0;
}

/* A file is the signature, a newline, the payload. */
typedef struct Entry {
        char *signature;
        const void *payload;
        size_t size;
} Entry;

static bool split(const void *data, size_t size, Entry *ret) {
        const char *newline = size > 0 ? memchr(data, '\n', size) : NULL;
        if (!newline)
                return false;

        size_t n = newline - (const char *) data;
        *ret = (Entry) { .signature = strndup(data, n), .payload = newline + 1, .size = size - n - 1 };
        assert_non_null(ret->signature);
        return true;
}

/* NULL: any name. */
static int verify(const PemKey *key, const Entry *e, const char *name, char **reterr_why) {
        _cleanup_reference_ Reference *reference = NULL;
        size_t digest = 99;

        if (name)
                assert_return_code(reference_parse(name, &reference, NULL), 0);
        const ClaimWanted wanted = {
                .digests = digests,
                .n_digests = ELEMENTSOF(digests),
                .signed_name = name ? RULE_SIGNED_NAME_REPOSITORY : RULE_SIGNED_NAME_ANY,
                .reference = reference,
        };
        int r = cosign_verify(key, cursor_of(e->payload, e->size), e->signature, &wanted, &digest,
                              reterr_why);

        assert_true(r == 0 || r == -EBADMSG || r == -EKEYREJECTED || r == -EPERM);
        assert_int_equal(digest, r == 0 ? 1 : 99);
        return r;
}

static const PemKey *key_of(const char *file) {
        for (size_t i = 0; i < ELEMENTSOF(key_files); i++)
                if (streq(key_files[i], file))
                        return &keys[i];
        fail_msg("There is no key '%s'", file);
        return NULL;
}

static int verify_case(const Case *c, const Blob *document, char **reterr_why) {
        Entry e;

        assert_true(split(document->data, document->size, &e));
        int r = verify(key_of(c->by), &e, NAME, reterr_why);
        assert_int_equal(verify(key_of(c->by), &e, NAME, NULL), r);
        free(e.signature);
        return r;
}

static void test_cases(void **state) {
        assert_true(corpus_check_cases("cosign-payload", verify_case) > 100);
}

static void load(const char *which, const char *name, Blob *blob, Entry *e) {
        _cleanup_close_ int fd = corpus_open("cosign-payload", which);

        assert_return_code(file_read_at(fd, name, 1024 * 1024, blob), 0);
        assert_true(split(blob->data, blob->size, e));
}

/* A signature of each type verifies with its own key and no other. */
static void test_each_key(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                _cleanup_blob_ Blob blob = {};
                _cleanup_free_ char *name = NULL;
                Entry e;

                assert_return_code(str_printf(&name, "key-%.*s", (int) strcspn(key_files[i], "."),
                                              key_files[i]),
                                   0);
                load("must-pass", name, &blob, &e);
                for (size_t j = 0; j < ELEMENTSOF(keys); j++)
                        assert_int_equal(verify(&keys[j], &e, NAME, NULL), i == j ? 0 : -EKEYREJECTED);
                free(e.signature);
        }
}

static void check_refused(const char *file, const char *name, int expected) {
        _cleanup_blob_ Blob blob = {};
        _cleanup_free_ char *why = NULL;
        Entry e;

        load("must-fail", file, &blob, &e);
        assert_int_equal(verify(&keys[0], &e, name, &why), expected);
        assert_non_null(why);
        free(e.signature);
}

/* Without a name to compare, any will do; all else still counts. */
static void test_any_name(void **state) {
        _cleanup_blob_ Blob blob = {};
        Entry e;

        load("must-fail", "name-other", &blob, &e);
        assert_int_equal(verify(&keys[0], &e, /* name= */ NULL, NULL), 0);
        free(e.signature);

        check_refused("digest-other", NULL, -EPERM);
        check_refused("type-atomic", NULL, -EPERM);
}

/* Both sides are compared in the one spelling. */
static void test_docker_hub(void **state) {
        static const char *const files[] = { "docker-hub-index", "docker-hub-short", "docker-hub-full" };

        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                _cleanup_blob_ Blob blob = {};
                Entry e;

                load("must-fail", files[i], &blob, &e);
                assert_int_equal(verify(&keys[0], &e, "docker.io/library/busybox", NULL), 0);
                assert_int_equal(verify(&keys[0], &e, "docker.io/busybox/busybox", NULL), -EPERM);
                assert_int_equal(verify(&keys[0], &e, "quay.io/library/busybox", NULL), -EPERM);
                free(e.signature);
        }
}

static void test_no_digest_to_compare(void **state) {
        _cleanup_blob_ Blob blob = {};
        size_t digest;
        Entry e;

        load("must-pass", "plain", &blob, &e);
        for (size_t n = 0; n < 2; n++) {
                const ClaimWanted wanted = {
                        .digests = digests,
                        .n_digests = n,
                        .signed_name = RULE_SIGNED_NAME_ANY,
                };
                assert_int_equal(cosign_verify(&keys[0], cursor_of(e.payload, e.size), e.signature, &wanted,
                                               &digest, NULL),
                                 -EPERM);
        }
        free(e.signature);
}

/* No bit of a signature or payload can be changed. */
static void check_flips(const char *file, const PemKey *key) {
        _cleanup_blob_ Blob blob = {};
        Entry whole;

        load("must-pass", file, &blob, &whole);
        assert_int_equal(verify(key, &whole, NAME, NULL), 0);
        free(whole.signature);

        for (size_t i = 0; i < blob.size * 8; i++) {
                _cleanup_free_ uint8_t *copy = malloc(blob.size);
                Entry e;

                assert_non_null(copy);
                memcpy(copy, blob.data, blob.size);
                copy[i / 8] ^= 1 << i % 8;
                if (!split(copy, blob.size, &e))
                        continue;
                if (verify(key, &e, NAME, NULL) == 0)
                        fail_msg("%s verifies with bit %zu of byte %zu flipped", file, i % 8, i / 8);
                free(e.signature);
        }
}

static void test_flips(void **state) {
        check_flips("key-p256", &keys[0]);
        check_flips("key-ed25519", &keys[6]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),    cmocka_unit_test(test_each_key),
                cmocka_unit_test(test_any_name), cmocka_unit_test(test_docker_hub),
                cmocka_unit_test(test_flips),    cmocka_unit_test(test_no_digest_to_compare),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
