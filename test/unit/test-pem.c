/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of trust/pem.h and of what it stands on: armor, base64, DER, public keys.
 * Never: makes a key itself (test/corpus-tools/make-cosign.py did, with openssl).
 * Follows: STYLE.md, "Tests". */

#include "corpus.h"

#include "trust/armor.h"
#include "basic/base64.h"
#include "trust/der.h"
#include "trust/key.h"

static int parse(const void *data, size_t size, char **reterr_why) {
        _cleanup_trust_key_ TrustKey *key = NULL;
        int r = trust_key_parse(data, size, &key, reterr_why);

        if (r >= 0)
                assert_int_equal(trust_key_kind(key), TRUST_KEY_PEM);
        return r;
}

static void test_must_pass(void **state) {
        corpus_must_pass("pem", parse);
}

static void test_must_fail(void **state) {
        corpus_must_fail("pem", parse);
}

static void load(const char *name, Blob *ret) {
        _cleanup_close_ int fd = corpus_open("pem", "must-pass");
        assert_return_code(file_read_at(fd, name, 1024 * 1024, ret), 0);
}

static void test_description(void **state) {
        static const struct {
                const char *file, *algorithm;
        } keys[] = {
                { "p256.pem", "ECDSA P-256" }, { "p384.pem", "ECDSA P-384" }, { "p521.pem", "ECDSA P-521" },
                { "rsa2048.pem", "RSA-2048" }, { "rsa3072.pem", "RSA-3072" }, { "ed25519.pem", "Ed25519" },
        };

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                _cleanup_trust_key_ TrustKey *key = NULL;
                _cleanup_blob_ Blob text = {}, der = {};
                char fingerprint[DIGEST_TEXT_MAX];
                Digest digest;

                load(keys[i].file, &text);
                assert_return_code(trust_key_parse(text.data, text.size, &key, NULL), 0);
                assert_string_equal(trust_key_algorithm(key), keys[i].algorithm);
                assert_null(trust_key_user_ids(key));
                assert_int_equal(trust_key_created(key), 0);
                assert_int_equal(trust_key_expires(key), 0);
                assert_false(trust_key_is_revoked(key));

                assert_return_code(pem_decode(cursor_of(text.data, text.size), "PUBLIC KEY", &der, NULL), 0);
                assert_return_code(digest_of(DIGEST_SHA256, der.data, der.size, &digest), 0);
                digest_format(&digest, fingerprint);
                assert_string_equal(trust_key_fingerprint(key), fingerprint);
        }
}

/* Cut anywhere and with any bit flipped: refused, or the same key (line ends, text around). */
static void check_damage(const char *name) {
        _cleanup_trust_key_ TrustKey *whole = NULL;
        _cleanup_blob_ Blob text = {};

        load(name, &text);
        assert_return_code(trust_key_parse(text.data, text.size, &whole, NULL), 0);

        for (size_t i = 0; i < text.size * 9; i++) {
                _cleanup_trust_key_ TrustKey *key = NULL;
                _cleanup_free_ char *why = NULL;
                bool cut = i >= text.size * 8;
                size_t size = cut ? i - text.size * 8 : text.size;
                _cleanup_free_ uint8_t *copy = malloc(MAX(size, (size_t) 1));

                assert_non_null(copy);
                memcpy(copy, text.data, size);
                if (!cut)
                        copy[i / 8] ^= 1 << i % 8;

                int r = trust_key_parse(copy, size, &key, &why);
                if (r < 0) {
                        assert_int_equal(r, -EBADMSG);
                        assert_non_null(why);
                } else if (!streq(trust_key_algorithm(whole),
                                  "RSA-2048")) /* a flipped modulus is a modulus */
                        assert_string_equal(trust_key_fingerprint(key), trust_key_fingerprint(whole));
        }
}

static void test_damage(void **state) {
        check_damage("p256.pem");
        check_damage("rsa2048.pem");
}

static void check_base64(const char *text, const char *expected) {
        _cleanup_blob_ Blob blob = {};
        int r = base64_decode(cursor_of(text, strlen(text)), &blob);

        if (!expected) {
                assert_int_equal(r, -EBADMSG);
                return;
        }
        assert_return_code(r, 0);
        assert_int_equal(blob.size, strlen(expected));
        assert_memory_equal(blob.data, expected, blob.size);
}

static void test_base64(void **state) {
        check_base64("Zg==", "f");
        check_base64("Zm8=", "fo");
        check_base64("Zm9v", "foo");
        check_base64("Zm9vYmFy", "foobar");
        check_base64("Pz8/Pj4+", "\?\?\?>>>");

        static const char *const bad[] = { "",      "Z",    "Zg",       "Zg=",        "Zh==",   "Zm9=",
                                           "=",     "====", "Zg==Zg==", "Z===",       "Zm9v\n", " Zm9v",
                                           "Zm 9v", "Pz8_", "Zm9vY=Fy", "\xc3\xb6Zm", "Zg==\n", "Zg==Zm9v" };
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                check_base64(bad[i], NULL);
}

static void test_base64_encode(void **state) {
        static const struct {
                const char *data, *text;
        } cases[] = {
                { "", "" },
                { "f", "Zg==" },
                { "fo", "Zm8=" },
                { "foo", "Zm9v" },
                { "foob", "Zm9vYg==" },
                { "fooba", "Zm9vYmE=" },
                { "foobar", "Zm9vYmFy" },
                { "\?\?\?>>>", "Pz8/Pj4+" },
                { "\xff\xff\xff\xff", "/////w==" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *text = NULL;

                assert_return_code(base64_encode(cursor_of(cases[i].data, strlen(cases[i].data)), &text), 0);
                assert_string_equal(text, cases[i].text);
        }
}

/* Whatever the bytes, and however many are over. */
static void test_base64_round_trip(void **state) {
        uint8_t bytes[256];

        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = i;
        for (size_t n = 1; n <= sizeof(bytes); n++) {
                _cleanup_free_ char *text = NULL;
                _cleanup_blob_ Blob blob = {};

                assert_return_code(base64_encode(cursor_of(bytes + sizeof(bytes) - n, n), &text), 0);
                assert_return_code(base64_decode(cursor_of(text, strlen(text)), &blob), 0);
                assert_int_equal(blob.size, n);
                assert_memory_equal(blob.data, bytes + sizeof(bytes) - n, n);
        }
}

static bool takes_positive(const char *hex, size_t size, const char *expected) {
        uint8_t bytes[16];
        Cursor number;

        assert_return_code(hex_decode(hex, bytes, size), 0);
        Cursor c = cursor_of(bytes, size);
        bool ok = der_take_positive(&c, &number);
        assert_int_equal(c.n, ok ? 0 : size);
        return ok && cursor_equal(number, expected, strlen(expected));
}

static void test_der_integer(void **state) {
        assert_true(takes_positive("020101", 3, "\x01"));
        assert_true(takes_positive("02020080", 4, "\x80"));
        assert_true(takes_positive("02027fff", 4, "\x7f\xff"));
        assert_false(takes_positive("020100", 3, ""));     /* zero */
        assert_false(takes_positive("0200", 2, ""));       /* nothing */
        assert_false(takes_positive("020180", 3, ""));     /* negative */
        assert_false(takes_positive("0202007f", 4, ""));   /* a byte too long */
        assert_false(takes_positive("02810101", 4, ""));   /* a length too long */
        assert_false(takes_positive("0282000101", 5, "")); /* … by two */
        assert_false(takes_positive("028001", 3, ""));     /* indefinite */
        assert_false(takes_positive("0285000000000101", 8, ""));
        assert_false(takes_positive("020201", 3, "")); /* cut off */
        assert_false(takes_positive("030101", 3, "")); /* another tag */
}

static void test_der_length(void **state) {
        static const struct {
                const char *head;
                size_t head_size, size;
                bool ok;
        } cases[] = {
                { "3003", 2, 3, true },
                { "307f", 2, 127, true },
                { "308180", 3, 128, true },
                { "3081ff", 3, 255, true },
                { "30820100", 4, 256, true },
                { "30817f", 3, 127, false },
                { "30820080", 4, 128, false },
                { "308200ff", 4, 255, false },
                { "3083000100", 5, 256, false },
                { "3080", 2, 0, false },
                { "30850000000100", 7, 256, false },
                { "30ff", 2, 255, false },
                { "3084ffffffff", 6, 300, false },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint8_t bytes[400] = {};
                Cursor contents;

                assert_return_code(hex_decode(cases[i].head, bytes, cases[i].head_size), 0);
                Cursor c = cursor_of(bytes, cases[i].head_size + cases[i].size);
                assert_int_equal(der_take(&c, DER_SEQUENCE, &contents), cases[i].ok);
                assert_int_equal(c.n, cases[i].ok ? 0 : cases[i].head_size + cases[i].size);
                if (cases[i].ok)
                        assert_int_equal(contents.n, cases[i].size);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_must_pass),
                cmocka_unit_test(test_must_fail),
                cmocka_unit_test(test_description),
                cmocka_unit_test(test_damage),
                cmocka_unit_test(test_base64),
                cmocka_unit_test(test_base64_encode),
                cmocka_unit_test(test_base64_round_trip),
                cmocka_unit_test(test_der_integer),
                cmocka_unit_test(test_der_length),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
