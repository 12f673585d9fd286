/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of trust/inflate.h.
 * Never: needs more than a line of data (test/corpus/simple-signing has what gpg compresses).
 * Follows: STYLE.md, "Tests". */

#include "corpus.h"

#include "trust/inflate.h"

/* "hello hello hello" raw and in a zlib stream. */
static const uint8_t raw[] = { 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x90, 0x00 };
static const uint8_t with_header[] = { 0x78, 0x9c, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57,
                                       0xc8, 0x40, 0x90, 0x00, 0x3a, 0x2e, 0x06, 0x7d };
static const char hello[] = "hello hello hello";
#define HELLO_SIZE (sizeof(hello) - 1)

static int unpack(const void *data, size_t size, InflateForm form, size_t max, char **reterr_why) {
        _cleanup_blob_ Blob out = {};

        int r = inflate_all(cursor_of(data, size), form, max, &out, reterr_why);
        assert_true(r == 0 || r == -EBADMSG);
        if (r == 0) {
                assert_true(out.size <= max);
                assert_int_equal(out.size, HELLO_SIZE);
                assert_memory_equal(out.data, hello, HELLO_SIZE);
        } else
                assert_null(out.data);
        return r;
}

static void test_good(void **state) {
        assert_int_equal(unpack(raw, sizeof(raw), INFLATE_RAW, 1000, NULL), 0);
        assert_int_equal(unpack(with_header, sizeof(with_header), INFLATE_ZLIB, 1000, NULL), 0);
}

static void check_refused(const void *data, size_t size, InflateForm form, size_t max,
                          const char *expected) {
        _cleanup_free_ char *why = NULL;

        assert_int_equal(unpack(data, size, form, max, &why), -EBADMSG);
        assert_string_equal(why, expected);
}

static void test_limit(void **state) {
        assert_int_equal(unpack(raw, sizeof(raw), INFLATE_RAW, HELLO_SIZE, NULL), 0);
        check_refused(raw, sizeof(raw), INFLATE_RAW, HELLO_SIZE - 1, "unpacks to more than 16 bytes");
        check_refused(raw, sizeof(raw), INFLATE_RAW, 1, "unpacks to more than 1 bytes");
}

static void test_other_form(void **state) {
        check_refused(raw, sizeof(raw), INFLATE_ZLIB, 1000, "holds compressed data that are damaged");
        check_refused(with_header, sizeof(with_header), INFLATE_RAW, 1000,
                      "holds compressed data that are damaged");
}

static void test_cut_off(void **state) {
        for (size_t i = 0; i < sizeof(raw); i++)
                check_refused(raw, i, INFLATE_RAW, 1000, "holds compressed data that are cut off");
        for (size_t i = 0; i < sizeof(with_header); i++)
                check_refused(with_header, i, INFLATE_ZLIB, 1000, "holds compressed data that are cut off");
}

static void test_trailing(void **state) {
        uint8_t longer[sizeof(with_header) + 1] = {};

        memcpy(longer, raw, sizeof(raw));
        check_refused(longer, sizeof(raw) + 1, INFLATE_RAW, 1000, "goes on behind its compressed data");
        memcpy(longer, with_header, sizeof(with_header));
        check_refused(longer, sizeof(longer), INFLATE_ZLIB, 1000, "goes on behind its compressed data");
}

/* zlib's checksum notices, up to the bits of its header that mean nothing to us. */
static void test_flips(void **state) {
        for (size_t i = 0; i < sizeof(with_header) * 8; i++) {
                uint8_t copy[sizeof(with_header)];

                memcpy(copy, with_header, sizeof(copy));
                copy[i / 8] ^= 1 << i % 8;
                (void) unpack(copy, sizeof(copy), INFLATE_ZLIB, 1000, NULL);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),       cmocka_unit_test(test_limit),
                cmocka_unit_test(test_other_form), cmocka_unit_test(test_cut_off),
                cmocka_unit_test(test_trailing),   cmocka_unit_test(test_flips),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
