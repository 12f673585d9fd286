/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/str and basic/strv.
 * Never: depends on the locale.
 * Follows: basic/str.h, basic/strv.h; RFC 3629 for what UTF-8 is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "basic/strv.h"

static void test_streq_ptr(void **state) {
        assert_true(streq_ptr(NULL, NULL));
        assert_false(streq_ptr(NULL, ""));
        assert_false(streq_ptr("", NULL));
        assert_true(streq_ptr("pod", "pod"));
        assert_false(streq_ptr("pod", "pods"));
}

static void test_startswith(void **state) {
        const char *s = "docker://busybox";

        assert_ptr_equal(startswith(s, "docker://"), s + 9);
        assert_ptr_equal(startswith(s, ""), s);
        assert_ptr_equal(startswith(s, s), s + strlen(s));
        assert_null(startswith(s, "Docker://"));
        assert_null(startswith("dock", "docker"));
        assert_null(startswith("", "d"));
}

static void test_endswith(void **state) {
        const char *s = "hello.aci";

        assert_ptr_equal(endswith(s, ".aci"), s + 5);
        assert_ptr_equal(endswith(s, ""), s + strlen(s));
        assert_ptr_equal(endswith(s, s), s);
        assert_null(endswith(s, ".ac"));
        assert_null(endswith(s, ".ACI"));
        assert_null(endswith("aci", ".aci"));
}

static void test_in_charset(void **state) {
        assert_true(in_charset("0123456789", DIGITS));
        assert_true(in_charset("a", LOWERCASE));
        assert_false(in_charset("", DIGITS));
        assert_false(in_charset("12 ", DIGITS));
        assert_false(in_charset("-1", DIGITS));
        assert_false(in_charset("a", UPPERCASE));
        assert_false(in_charset("a", ""));
}

static void test_is_plain_name(void **state) {
        static const char *const good[] = { "a", "data", "web.data_1-x", "9", "A" };
        static const char *const bad[] = { "",   ".",   "..",  ".#0123", "-x",
                                           "_x", "a/b", "a b", "a:b",    "\xc3\xa4" };
        char long_name[257];

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                assert_true(is_plain_name(good[i]));
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(is_plain_name(bad[i]));

        memset(long_name, 'x', 256);
        long_name[256] = '\0';
        assert_false(is_plain_name(long_name));
        assert_true(is_plain_name(long_name + 1));
}

static void test_printf_and_copy(void **state) {
        char *s = NULL, *copy = (char *) "untouched", *null = (char *) "untouched";

        assert_int_equal(str_printf(&s, "%s-%03d", "pod", 7), 0);
        assert_string_equal(s, "pod-007");
        assert_int_equal(str_copy(s, &copy), 0);
        assert_string_equal(copy, s);
        assert_ptr_not_equal(copy, s);
        assert_int_equal(str_copy(NULL, &null), 0);
        assert_null(null);
        free(s);
        free(copy);
}

static void test_to_u64(void **state) {
        static const struct {
                const char *text;
                int r;
                uint64_t value;
        } table[] = {
                { "0", 0, 0 },
                { "000", 0, 0 },
                { "007", 0, 7 },
                { "42", 0, 42 },
                { "18446744073709551615", 0, UINT64_MAX },
                { "00018446744073709551615", 0, UINT64_MAX },
                { "18446744073709551616", -ERANGE, 0 },
                { "18446744073709551620", -ERANGE, 0 },
                { "99999999999999999999", -ERANGE, 0 },
                { "184467440737095516150", -ERANGE, 0 },
                { "", -EINVAL, 0 },
                { " 1", -EINVAL, 0 },
                { "1 ", -EINVAL, 0 },
                { "1\n", -EINVAL, 0 },
                { "+1", -EINVAL, 0 },
                { "-1", -EINVAL, 0 },
                { "0x10", -EINVAL, 0 },
                { "1e3", -EINVAL, 0 },
                { "1.0", -EINVAL, 0 },
                { "\xd9\xa1", -EINVAL, 0 }, /* an Arabic digit one */
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                uint64_t v = 12345;

                int r = str_to_u64(table[i].text, &v);
                if (r != table[i].r || v != (r < 0 ? 12345 : table[i].value))
                        fail_msg("'%s': %d, %llu", table[i].text, r, (unsigned long long) v);
        }
}

static void test_hex_encode(void **state) {
        static const uint8_t bytes[] = { 0x00, 0x0f, 0xa5, 0xff };
        char text[2 * sizeof(bytes) + 2];

        memset(text, '!', sizeof(text));
        hex_encode(bytes, sizeof(bytes), text);
        assert_string_equal(text, "000fa5ff");
        assert_int_equal(text[sizeof(text) - 1], '!');
        hex_encode(bytes, 0, text);
        assert_string_equal(text, "");
}

static void test_hex_decode(void **state) {
        static const char *const refused[] = {
                "000fa5f",  "000fa5ff0", "000fa5ff00", "",         "000FA5FF",
                "000fa5fg", "000fa5f ",  " 000fa5f",   "0x0fa5ff", "000fa5f-",
                "+00fa5ff", "000fa5f/",  "000fa5f:",   "000fa5f`", "000fé5f",
        };
        static const uint8_t expected[] = { 0x00, 0x0f, 0xa5, 0xff };
        uint8_t bytes[5] = { [4] = 0x77 };

        assert_int_equal(hex_decode("000fa5ff", bytes, 4), 0);
        assert_memory_equal(bytes, expected, 4);
        assert_int_equal(bytes[4], 0x77);
        assert_int_equal(hex_decode("", bytes, 0), 0);

        for (size_t i = 0; i < ELEMENTSOF(refused); i++)
                if (hex_decode(refused[i], bytes, 4) != -EINVAL)
                        fail_msg("'%s' is accepted", refused[i]);
}

static void escapes(const char *in, size_t size, const char *expected) {
        _cleanup_free_ char *copy = malloc(MAX(size, (size_t) 1)), *out = NULL;

        /* On the heap and without a NUL behind it, so that reading too far is seen. */
        assert_non_null(copy);
        memcpy(copy, in, size);
        out = str_escape(copy, size, SIZE_MAX);
        assert_non_null(out);
        assert_string_equal(out, expected);
}
#define ESCAPES(in, expected) escapes(in, sizeof(in) - 1, expected)

static void test_escape_ascii(void **state) {
        ESCAPES("", "");
        ESCAPES("Plain text: !\"#$%&()*+,-./ 09 AZ az {|}~", "Plain text: !\"#$%&()*+,-./ 09 AZ az {|}~");
        ESCAPES("it's", "it\\x27s");
        ESCAPES("a\\b", "a\\x5cb");
        ESCAPES("two\nlines\r\tand a tab", "two\\x0alines\\x0d\\x09and a tab");
        ESCAPES("\x1b[31mred\x07", "\\x1b[31mred\\x07");
        ESCAPES("a\0b", "a\\x00b");
        ESCAPES("\x7f", "\\x7f");
}

static void test_escape_utf8(void **state) {
        ESCAPES("Grüße, 世界 😀", "Grüße, 世界 😀");
        ESCAPES("\xc2\xa0\xdf\xbf", "\xc2\xa0\xdf\xbf");                 /* first and last of two bytes */
        ESCAPES("\xe0\xa0\x80\xef\xbf\xbd", "\xe0\xa0\x80\xef\xbf\xbd"); /* of three */
        ESCAPES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"); /* of four */
}

static void test_escape_invalid_utf8(void **state) {
        ESCAPES("\x80", "\\x80"); /* a continuation without a beginning */
        ESCAPES("\xff\xfe", "\\xff\\xfe");
        ESCAPES("\xc3", "\\xc3"); /* cut */
        ESCAPES("\xe4\xb8", "\\xe4\\xb8");
        ESCAPES("\xf0\x9f\x98", "\\xf0\\x9f\\x98");
        ESCAPES("\xc3(", "\\xc3("); /* broken off: what follows stays readable */
        ESCAPES("\xe4\xb8ü", "\\xe4\\xb8ü");
        ESCAPES("\xc0\xaf", "\\xc0\\xaf"); /* overlong '/' */
        ESCAPES("\xc1\xbf", "\\xc1\\xbf");
        ESCAPES("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
        ESCAPES("\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf");
        ESCAPES("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* surrogates */
        ESCAPES("\xed\xbf\xbf", "\\xed\\xbf\\xbf");
        ESCAPES("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond U+10FFFF */
        ESCAPES("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
        ESCAPES("\xc2\x80\xc2\x9b\xc2\x9f",
                "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f"); /* C1 controls; U+009B is CSI */
}

static void test_escape_rearranging(void **state) {
        static const uint32_t codes[] = {
                0x200b, 0x200c, 0x200d, 0x200e, 0x200f, /* zero width, LRM, RLM */
                0x2028, 0x2029,                         /* separators */
                0x202a, 0x202b, 0x202c, 0x202d, 0x202e, /* embeddings and overrides */
                0x2066, 0x2067, 0x2068, 0x2069,         /* isolates */
        };

        ESCAPES("\u061c", "\\xd8\\x9c"); /* the Arabic letter mark, the one of two bytes */
        for (size_t i = 0; i < ELEMENTSOF(codes); i++) {
                uint8_t in[3] = { 0xe0 | codes[i] >> 12, 0x80 | (codes[i] >> 6 & 0x3f),
                                  0x80 | (codes[i] & 0x3f) };
                char expected[13];

                (void) snprintf(expected, sizeof(expected), "\\x%02x\\x%02x\\x%02x", in[0], in[1], in[2]);
                escapes((const char *) in, sizeof(in), expected);
        }

        ESCAPES("\u200a\u2010\u2027\u202f\u2065\u206a",
                "\u200a\u2010\u2027\u202f\u2065\u206a"); /* their neighbours stay */
}

static void test_escape_limit(void **state) {
        static const struct {
                const char *in;
                size_t limit;
                const char *out;
        } table[] = {
                { "abcdef", 6, "abcdef" },
                { "abcdef", 5, "abcde…" },
                { "abcdef", 0, "…" },
                { "", 0, "" },
                { "\n\n\n", 2, "\\x0a\\x0a…" },
                { "aü", 2, "a\\xc3…" }, /* the limit is in bytes of input and nothing behind it is looked at */
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *out = str_escape(table[i].in, strlen(table[i].in), table[i].limit);
                assert_string_equal(out, table[i].out);
        }
}

/* Whatever the bytes: one line that a terminal shows as it is. */
static void test_escape_any_pair(void **state) {
        for (unsigned i = 0; i <= 0xffff; i++) {
                uint8_t in[2] = { i >> 8, i & 0xff };
                _cleanup_free_ char *out = str_escape(in, 2, 2);

                assert_non_null(out);
                for (const uint8_t *p = (uint8_t *) out; *p; p++)
                        if (*p < 0x20 || *p == 0x7f || *p == '\'')
                                fail_msg("%04x: '%s'", i, out);
        }
}

static void becomes(const char *text, const char *expected) {
        _cleanup_free_ char *copy = strdup(text);

        assert_non_null(copy);
        str_to_line(copy);
        assert_string_equal(copy, expected);
}

static void test_to_line(void **state) {
        becomes("", "");
        becomes("\n", "");
        becomes("it's \"one\" \\ line", "it's \"one\" \\ line");
        becomes("one\nCannot verify: two", "one");
        becomes("a\rb\tc\x1b[31m\x7f", "a?b?c?[31m?");
        becomes("Grüße, 世界 😀", "Grüße, 世界 😀");
        becomes("\xc2\x9b"
                "31m",
                "??31m"); /* CSI in one character */
        becomes("\x80 \xc3( \xe2\x80\xae. \xf0\x9f\x98", "? ?( ???. ???");
        becomes("cut \xc3\n\xbc", "cut ?");
}

static void test_random(void **state) {
        unsigned long long any = 0, all = ~0ULL;

        for (size_t i = 0; i < 64; i++) {
                unsigned long long v = str_random_u64();
                any |= v;
                all &= v;
        }
        assert_true(any == ~0ULL);
        assert_true(all == 0);
}

static void test_strv(void **state) {
        _cleanup_strv_ char **l = NULL, **copy = NULL;
        char word[] = "one";

        assert_int_equal(strv_length(NULL), 0);
        assert_false(strv_contains(NULL, "one"));
        STRV_FOREACH(s, l)
                fail_msg("an entry '%s' in the empty list", *s);

        assert_int_equal(strv_add(&l, word), 0);
        word[0] = 'X'; /* not shared */
        assert_int_equal(strv_addf(&l, "%s-%d", "two", 2), 0);
        assert_int_equal(strv_add(&l, ""), 0);
        assert_int_equal(strv_length(l), 3);
        assert_string_equal(l[0], "one");
        assert_string_equal(l[1], "two-2");
        assert_string_equal(l[2], "");
        assert_null(l[3]);

        assert_true(strv_contains(l, "two-2"));
        assert_true(strv_contains(l, ""));
        assert_false(strv_contains(l, "two"));

        assert_int_equal(strv_add_all(&copy, NULL), 0);
        assert_null(copy);
        assert_int_equal(strv_add_all(&copy, l), 0);
        assert_int_equal(strv_add_all(&copy, l), 0);
        assert_int_equal(strv_length(copy), 6);
        assert_string_equal(copy[3], "one");
        assert_ptr_not_equal(copy[0], l[0]);

        assert_null(strv_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_streq_ptr),
                cmocka_unit_test(test_startswith),
                cmocka_unit_test(test_endswith),
                cmocka_unit_test(test_in_charset),
                cmocka_unit_test(test_is_plain_name),
                cmocka_unit_test(test_printf_and_copy),
                cmocka_unit_test(test_to_u64),
                cmocka_unit_test(test_hex_encode),
                cmocka_unit_test(test_hex_decode),
                cmocka_unit_test(test_escape_ascii),
                cmocka_unit_test(test_escape_utf8),
                cmocka_unit_test(test_escape_invalid_utf8),
                cmocka_unit_test(test_escape_rearranging),
                cmocka_unit_test(test_escape_limit),
                cmocka_unit_test(test_escape_any_pair),
                cmocka_unit_test(test_to_line),
                cmocka_unit_test(test_random),
                cmocka_unit_test(test_strv),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
