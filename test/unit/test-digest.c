/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of image/digest.
 * Never: computes the expected value with the code it tests.
 * Follows: the examples of FIPS 180-4. */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "basic/str.h"
#include "image/digest.h"
#include "image/hasher.h"

#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA384_ABC                                                                                          \
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
#define SHA512_ABC                                                                                          \
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"                                  \
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
#define SHA256_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SHA256_MILLION_A "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

static void assert_digest(const Digest *d, const char *expected) {
        char text[DIGEST_TEXT_MAX];

        digest_format(d, text);
        assert_string_equal(text, expected);
}

static void test_known_values(void **state) {
        Digest d;

        assert_int_equal(digest_of(DIGEST_SHA256, "abc", 3, &d), 0);
        assert_digest(&d, "sha256:" SHA256_ABC);
        assert_int_equal(digest_of(DIGEST_SHA384, "abc", 3, &d), 0);
        assert_digest(&d, "sha384:" SHA384_ABC);
        assert_int_equal(digest_of(DIGEST_SHA512, "abc", 3, &d), 0);
        assert_digest(&d, "sha512:" SHA512_ABC);
        assert_int_equal(digest_of(DIGEST_SHA256, NULL, 0, &d), 0);
        assert_digest(&d, "sha256:" SHA256_EMPTY);
}

static void test_in_pieces(void **state) {
        _cleanup_hasher_ Hasher *h = NULL;
        char piece[997];
        Digest d;

        memset(piece, 'a', sizeof(piece));
        assert_int_equal(hasher_new(DIGEST_SHA256, &h), 0);
        for (size_t left = 1000000; left > 0;) {
                size_t n = MIN(left, sizeof(piece));
                hasher_update(h, piece, n);
                left -= n;
        }
        hasher_final(h, &d);
        assert_digest(&d, "sha256:" SHA256_MILLION_A);
}

static void test_unfinished(void **state) {
        _cleanup_hasher_ Hasher *h = NULL;

        assert_null(hasher_free(NULL));
        assert_int_equal(hasher_new(DIGEST_SHA512, &h), 0);
        hasher_update(h, "abc", 3);
}

static void test_both_forms(void **state) {
        static const char *const digests[] = { "sha256:" SHA256_ABC, "sha384:" SHA384_ABC,
                                               "sha512:" SHA512_ABC };

        for (size_t i = 0; i < ELEMENTSOF(digests); i++) {
                char id[DIGEST_TEXT_MAX], text[DIGEST_TEXT_MAX];
                Digest d, again;

                assert_int_equal(digest_parse(digests[i], &d), 0);
                assert_int_equal(d.algorithm, i);
                assert_int_equal(digest_size(d.algorithm), 32 + 16 * i);
                digest_format(&d, text);
                assert_string_equal(text, digests[i]);

                digest_format_id(&d, id);
                assert_int_equal(id[6], '-');
                id[6] = ':';
                assert_string_equal(id, digests[i]);
                id[6] = '-';
                assert_int_equal(digest_parse_id(id, &again), 0);
                assert_true(digest_equal(&d, &again));
                assert_memory_equal(&d, &again, sizeof(d));

                assert_int_equal(digest_parse(id, &again), -EINVAL);
                assert_int_equal(digest_parse_id(text, &again), -EINVAL);
        }
}

static void test_refused(void **state) {
        static const char *const wrong[] = {
                "",
                ":",
                "sha256",
                "sha256:",
                "sha256" SHA256_ABC,
                "SHA256:" SHA256_ABC,
                "sha256:" SHA256_ABC "0",
                "sha256:" SHA256_ABC " ",
                "sha256:" SHA256_ABC "\n",
                " sha256:" SHA256_ABC,
                "sha256::" SHA256_ABC,
                "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
                "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
                "sha256:ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "sha256:0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015",
                "sha256:../../../../../../../../../../../../../../../../../../../../../a",
                "sha512:" SHA256_ABC,
                "sha256:" SHA512_ABC,
                "sha1:a9993e364706816aba3e25717850c26c9cd0d89d",
                "md5:900150983cd24fb0d6963f7d28e17f72",
                "sha2560:" SHA256_ABC,
        };
        Digest d = { .algorithm = DIGEST_SHA384, .bytes = "untouched" };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                assert_int_equal(digest_parse(wrong[i], &d), -EINVAL);
                assert_int_equal(digest_parse_id(wrong[i], &d), -EINVAL);
        }
        assert_int_equal(d.algorithm, DIGEST_SHA384);
        assert_string_equal((char *) d.bytes, "untouched");
}

static void test_equal(void **state) {
        Digest a, b;

        assert_int_equal(digest_of(DIGEST_SHA256, "abc", 3, &a), 0);
        assert_int_equal(digest_of(DIGEST_SHA256, "abc", 3, &b), 0);
        assert_true(digest_equal(&a, &b));

        b.bytes[31] ^= 1; /* the last byte counts */
        assert_false(digest_equal(&a, &b));
        b = a;
        b.algorithm = DIGEST_SHA512;
        assert_false(digest_equal(&a, &b));
}

static void test_prefix(void **state) {
        static const char *const valid[] = {
                "sha256:01234567",    "sha256-01234567",    "sha512-0123456789abcdef",
                "sha256:" SHA256_ABC, "sha512:" SHA512_ABC,
        };
        static const char *const invalid[] = {
                "",
                "01234567",
                "sha256",
                "sha256:",
                "sha256:0123456",
                "sha256:0123456A",
                "sha256:0123456g",
                "sha256_01234567",
                "sha256:" SHA256_ABC "0",
                "sha1:01234567",
                "sha256:01234567/",
        };

        for (size_t i = 0; i < ELEMENTSOF(valid); i++)
                assert_true(digest_prefix_is_valid(valid[i]));
        for (size_t i = 0; i < ELEMENTSOF(invalid); i++)
                assert_false(digest_prefix_is_valid(invalid[i]));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_known_values), cmocka_unit_test(test_in_pieces),
                cmocka_unit_test(test_unfinished),   cmocka_unit_test(test_both_forms),
                cmocka_unit_test(test_refused),      cmocka_unit_test(test_equal),
                cmocka_unit_test(test_prefix),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
