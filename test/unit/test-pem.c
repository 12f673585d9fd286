/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of trust/pem.h and of what it stands on: armor, base64, DER, public keys.
 * Never: makes a key itself (test/corpus-tools/make-pem.py did, with openssl).
 * Follows: STYLE.md, "Tests". */

#include "cases.h"

#include "basic/base64.h"
#include "image/hasher.h"
#include "trust/armor.h"
#include "trust/der.h"
#include "trust/key.h"

static int parse_case(const Case *c, const Blob *document, char **reterr_why) {
        _cleanup_trust_key_ TrustKey *key = NULL;

        int r = trust_key_parse(document->data, document->size, &key, reterr_why);
        assert_true(r == 0 || r == -EBADMSG);
        if (r < 0)
                return r;

        assert_int_equal(trust_key_kind(key), TRUST_KEY_PEM);
        assert_string_equal(trust_key_algorithm(key), c->by);
        assert_null(trust_key_user_ids(key));
        assert_int_equal(trust_key_created(key), 0);
        assert_int_equal(trust_key_expires(key), 0);
        assert_false(trust_key_is_revoked(key));
        return 0;
}

static void test_cases(void **state) {
        assert_true(corpus_check_cases("pem", parse_case) > 80);
}

static void load(const char *name, Blob *ret) {
        _cleanup_close_ int fd = corpus_open("pem", "must-pass");
        assert_return_code(file_read_at(fd, name, 1024 * 1024, ret), 0);
}

static void check_fingerprint(const char *file, const char *expected) {
        _cleanup_trust_key_ TrustKey *key = NULL;
        _cleanup_blob_ Blob text = {};

        load(file, &text);
        assert_return_code(trust_key_parse(text.data, text.size, &key, NULL), 0);
        assert_string_equal(trust_key_fingerprint(key), expected);
}

/* SHA-256 of the DER, in whichever text it is: two files with the same key are no two keys. */
static void test_fingerprint(void **state) {
        static const char *const same[][2] = {
                { "p256.pem", "crlf.pem" },        { "p256.pem", "no-newline.pem" },
                { "p256.pem", "text-around.pem" }, { "rsa3072.pem", "pkcs1-rsa3072.pem" },
                { "ed25519.pem", "ed25519.pem" },
        };

        for (size_t i = 0; i < ELEMENTSOF(same); i++) {
                _cleanup_blob_ Blob text = {}, der = {};
                char fingerprint[DIGEST_TEXT_MAX];
                Digest digest;

                load(same[i][0], &text);
                assert_return_code(pem_decode(cursor_of(text.data, text.size), "PUBLIC KEY", &der, NULL), 0);
                assert_return_code(digest_of(DIGEST_SHA256, der.data, der.size, &digest), 0);
                digest_format(&digest, fingerprint);
                check_fingerprint(same[i][0], fingerprint);
                check_fingerprint(same[i][1], fingerprint);
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
                } else if (startswith(trust_key_algorithm(whole),
                                      "ECDSA")) /* a flipped modulus is a modulus */
                        assert_string_equal(trust_key_fingerprint(key), trust_key_fingerprint(whole));
        }
}

static void test_damage(void **state) {
        check_damage("p256.pem");
        check_damage("rsa2048.pem");
        check_damage("pkcs1-rsa3072.pem");
}

static void check_decoded(int (*decode)(Cursor text, Blob *ret), const char *text, const char *expected) {
        _cleanup_blob_ Blob blob = {};
        int r = decode(cursor_of(text, strlen(text)), &blob);

        if (!expected) {
                assert_int_equal(r, -EBADMSG);
                return;
        }
        assert_return_code(r, 0);
        assert_int_equal(blob.size, strlen(expected));
        assert_memory_equal(blob.data, expected, blob.size);
}

static void check_base64(const char *text, const char *expected) {
        check_decoded(base64_decode, text, expected);
        if (!strpbrk(text, "-_"))
                check_decoded(base64_decode_either, text, expected);
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

/* One alphabet or the other. */
static void test_base64_either(void **state) {
        check_decoded(base64_decode_either, "Pz8_Pj4-", "\?\?\?>>>");
        check_decoded(base64_decode_either, "Pz8/Pj4+", "\?\?\?>>>");
        check_decoded(base64_decode_either, "__8=", "\xff\xff");

        static const char *const bad[] = { "Pz8_Pj4+", "Pz8/Pj4-", "__8", "__9=", "_", "-_8==", "=-__" };
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                check_decoded(base64_decode_either, bad[i], NULL);
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

/* What is written is read again. */
static void test_der_header(void **state) {
        static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 70000 };
        static uint8_t bytes[DER_HEADER_MAX + 70000];

        for (size_t i = 0; i < ELEMENTSOF(lengths); i++) {
                Cursor contents;

                size_t n = der_format_header(DER_SEQUENCE, lengths[i], bytes);
                Cursor c = cursor_of(bytes, n + lengths[i]);
                assert_true(der_take(&c, DER_SEQUENCE, &contents));
                assert_int_equal(contents.n, lengths[i]);
                assert_int_equal(c.n, 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_fingerprint),
                cmocka_unit_test(test_damage),
                cmocka_unit_test(test_base64),
                cmocka_unit_test(test_base64_either),
                cmocka_unit_test(test_base64_encode),
                cmocka_unit_test(test_base64_round_trip),
                cmocka_unit_test(test_der_integer),
                cmocka_unit_test(test_der_length),
                cmocka_unit_test(test_der_header),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
