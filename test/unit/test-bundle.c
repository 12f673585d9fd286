/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of trust/bundle.h and trust/statement.h.
 * Never: signs (test/corpus-tools/make-bundle.mjs did, with the packages of sigstore).
 * Follows: STYLE.md, "Tests". */

#include "cases.h"

#include "trust/bundle.h"
#include "trust/statement.h"

#define NAME "quay.io/coreos/etcd"
#define DIGEST "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static const char *const key_files[] = { "p256.pem",    "p384.pem",    "p521.pem",   "rsa2048.pem",
                                         "rsa3072.pem", "rsa4096.pem", "ed25519.pem" };
static PemKey keys[ELEMENTSOF(key_files)];
static Digest digests[2];

static int set_up(void **state) {
        _cleanup_close_ int fd = corpus_open("bundle", "keys");

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

static const PemKey *key_of(const char *file) {
        for (size_t i = 0; i < ELEMENTSOF(key_files); i++)
                if (streq(key_files[i], file))
                        return &keys[i];
        fail_msg("There is no key '%s'", file);
        return NULL;
}

static int verify(const PemKey *key, const void *data, size_t size, RuleSignedName signed_name,
                  char **reterr_why) {
        _cleanup_reference_ Reference *reference = NULL;
        size_t digest = 99;

        assert_return_code(reference_parse(NAME, &reference, NULL), 0);
        const ClaimWanted wanted = {
                .digests = digests,
                .n_digests = ELEMENTSOF(digests),
                .signed_name = signed_name,
                .reference = reference,
        };
        int r = bundle_verify(key, cursor_of(data, size), &wanted, &digest, reterr_why);

        assert_true(r == 0 || r == -EBADMSG || r == -EKEYREJECTED || r == -EPERM);
        assert_int_equal(digest, r == 0 ? 1 : 99);
        return r;
}

/* Under SignedName=exact nothing is good, but what was bad before is bad for its own reason. */
static int verify_case(const Case *c, const Blob *document, char **reterr_why) {
        const PemKey *key = key_of(c->by);

        int r = verify(key, document->data, document->size, RULE_SIGNED_NAME_REPOSITORY, reterr_why);
        assert_int_equal(verify(key, document->data, document->size, RULE_SIGNED_NAME_ANY, NULL), r);
        assert_int_equal(verify(key, document->data, document->size, RULE_SIGNED_NAME_EXACT, NULL),
                         r == 0 ? -EPERM : r);
        return r;
}

static void test_cases(void **state) {
        assert_true(corpus_check_cases("bundle", verify_case) > 150);
}

static void load(const char *path, Blob *ret) {
        _cleanup_close_ int fd = corpus_open("bundle", ".");
        assert_return_code(file_read_at(fd, path, 1024 * 1024, ret), 0);
}

/* A bundle by each key verifies with that and no other. */
static void test_each_key(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                _cleanup_free_ char *path = NULL;
                _cleanup_blob_ Blob blob = {};

                assert_return_code(str_printf(&path, "must-pass/key-%.*s.json",
                                              (int) strcspn(key_files[i], "."), key_files[i]),
                                   0);
                load(path, &blob);
                for (size_t j = 0; j < ELEMENTSOF(keys); j++)
                        assert_int_equal(verify(&keys[j], blob.data, blob.size, RULE_SIGNED_NAME_ANY, NULL),
                                         i == j ? 0 : -EKEYREJECTED);
        }
}

static void test_exact_name(void **state) {
        _cleanup_blob_ Blob blob = {};
        _cleanup_free_ char *why = NULL;

        load("must-pass/cosign-3.json", &blob);
        assert_int_equal(verify(&keys[0], blob.data, blob.size, RULE_SIGNED_NAME_EXACT, &why), -EPERM);
        assert_string_equal(why, "does not say the image's name, and SignedName=exact asks for it");
}

static void test_no_digest_to_compare(void **state) {
        _cleanup_blob_ Blob blob = {};

        load("must-pass/cosign-3.json", &blob);
        for (size_t n = 0; n < 2; n++) {
                const ClaimWanted wanted = {
                        .digests = digests,
                        .n_digests = n,
                        .signed_name = RULE_SIGNED_NAME_ANY,
                };
                size_t digest = 99;

                assert_int_equal(bundle_verify(&keys[0], cursor_of(blob.data, blob.size), &wanted, &digest,
                                               NULL),
                                 -EPERM);
                assert_int_equal(digest, 99);
        }
}

/* Cut anywhere it is no bundle. With a bit flipped it is good only where nobody has signed. */
static void test_damage(void **state) {
        _cleanup_blob_ Blob blob = {};

        load("must-pass/cosign-3.json", &blob);
        const char *text = blob.data, *hint = strstr(text, "\"hint\":\"") + strlen("\"hint\":\"");
        size_t first = hint - text, last = first + strcspn(hint, "\"");

        for (size_t i = 0; i < blob.size; i++)
                assert_int_equal(verify(&keys[0], blob.data, i, RULE_SIGNED_NAME_ANY, NULL), -EBADMSG);

        for (size_t i = 0; i < blob.size * 8; i++) {
                _cleanup_free_ uint8_t *copy = malloc(blob.size);

                assert_non_null(copy);
                memcpy(copy, blob.data, blob.size);
                copy[i / 8] ^= 1 << i % 8;
                int r = verify(&keys[0], copy, blob.size, RULE_SIGNED_NAME_ANY, NULL);
                if (r == 0 && (i / 8 < first || i / 8 >= last) && text[i / 8] != ' ')
                        fail_msg("verifies with bit %zu of byte %zu flipped", i % 8, i / 8);
        }
}

static void check_hint(const char *text, size_t size, const char *expected) {
        _cleanup_free_ char *hint = NULL;

        assert_return_code(bundle_key_hint(cursor_of(text, size), &hint), 0);
        if (expected)
                assert_string_equal(hint, expected);
        else
                assert_null(hint);
}

static void check_hint_of(const char *material, const char *keyid, const char *expected) {
        _cleanup_free_ char *text = NULL;

        assert_return_code(str_printf(&text,
                                      "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\","
                                      "\"verificationMaterial\":{%s},\"dsseEnvelope\":{\"payload\":\"e30=\","
                                      "\"payloadType\":\"x\",\"signatures\":[{\"sig\":\"eA==\"%s}]}}",
                                      material, keyid),
                           0);
        check_hint(text, strlen(text), expected);
}

/* Shown to people: escaped, short. */
static void test_hint(void **state) {
        check_hint_of("\"publicKey\":{\"hint\":\"abc\"}", "", "abc");
        check_hint_of("\"publicKey\":{\"hint\":\"abc\"}", ",\"keyid\":\"def\"", "abc");
        check_hint_of("\"publicKey\":{}", ",\"keyid\":\"def\"", "def");
        check_hint_of("\"publicKey\":{\"hint\":\"\"}", ",\"keyid\":\"def\"", "def");
        check_hint_of("\"publicKey\":{}", "", NULL);
        check_hint_of("\"publicKey\":{}", ",\"keyid\":\"\"", NULL);
        check_hint_of("\"publicKey\":{\"hint\":\"\\u001b[31m'\"}", "", "\\x1b[31m\\x27");
        check_hint_of("\"publicKey\":{\"hint\":\"0123456789012345678901234567890123456789012345678901234567890123+\"}",
                      "", "0123456789012345678901234567890123456789012345678901234567890123…");
        check_hint_of("\"certificate\":{}", ",\"keyid\":\"def\"", NULL);
        check_hint("{}", 2, NULL);
        check_hint("", 0, NULL);
}

static void check_statement(const char *subject, int expected, size_t expected_digest) {
        _cleanup_free_ char *text = NULL;
        size_t digest = 99;
        Digest wanted[3];

        assert_return_code(digest_parse("sha512:"
                                        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                                        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                                        &wanted[0]),
                           0);
        assert_return_code(digest_parse(DIGEST, &wanted[1]), 0);
        assert_return_code(digest_parse(OTHER, &wanted[2]), 0);
        assert_return_code(str_printf(&text,
                                      "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[%s],"
                                      "\"predicateType\":\"https://sigstore.dev/cosign/sign/v1\"}",
                                      subject),
                           0);

        const ClaimWanted claim = { .digests = wanted, .n_digests = 3, .signed_name = RULE_SIGNED_NAME_ANY };
        assert_int_equal(statement_check(cursor_of(text, strlen(text)), &claim, &digest, NULL), expected);
        assert_int_equal(digest, expected_digest);
}

/* The first of those wanted that any subject names. */
static void test_statement(void **state) {
#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define N "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        check_statement("{\"digest\":{\"sha256\":\"" A "\"}}", 0, 1);
        check_statement("{\"digest\":{\"sha256\":\"" C "\"}}", 0, 2);
        check_statement("{\"digest\":{\"sha256\":\"" C "\"}},{\"digest\":{\"sha256\":\"" A "\"}}", 0, 1);
        check_statement("{\"digest\":{\"sha512\":\"" N N "\"}}", 0, 0);
        check_statement("{\"digest\":{\"sha384\":\"" N N "\"}}", -EPERM, 99);
        check_statement("{\"digest\":{\"sha512\":\"" N "\"}}", -EPERM, 99);
        check_statement("", -EPERM, 99);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),      cmocka_unit_test(test_each_key),
                cmocka_unit_test(test_exact_name), cmocka_unit_test(test_no_digest_to_compare),
                cmocka_unit_test(test_damage),     cmocka_unit_test(test_hint),
                cmocka_unit_test(test_statement),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
