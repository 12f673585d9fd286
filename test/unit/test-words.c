/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/words and basic/signals.
 * Never: compares with what a shell would do.
 * Follows: basic/words.h, basic/signals.h. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "basic/signals.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"

typedef int (*Split)(const char *text, char ***ret, char **reterr_why);

/* What comes out, each word in brackets; or why nothing does. */
static void check(Split split, const char *text, const char *expected) {
        _cleanup_strv_ char **words = NULL, **shown = NULL;
        _cleanup_free_ char *found = NULL, *why = NULL;

        int r = split(text, &words, &why);
        if (r < 0) {
                assert_int_equal(r, -EINVAL);
                assert_string_equal(why, expected);
                return;
        }
        assert_null(why);
        STRV_FOREACH(word, words)
                assert_return_code(strv_addf(&shown, "[%s]", *word), 0);
        assert_return_code(strv_join(shown, "", &found), 0);
        assert_string_equal(found ? found : "", expected);
}

static void test_words(void **state) {
        static const struct {
                const char *text, *expected;
        } table[] = {
                { "", "" },
                { "  \t ", "" },
                { "a", "[a]" },
                { " a  b\tc ", "[a][b][c]" },
                { "'a b' \"c d\"", "[a b][c d]" },
                { "''", "[]" },
                { "a'b c'd", "[ab cd]" },
                { "\"it's\" '\"'", "[it's][\"]" },
                { "a\\ b", "a backslash begins an escape that is not known" },
                { "a\\sb \\\\ \\\" \\'", "[a b][\\][\"][']" },
                { "\\t\\n\\r\\a\\b\\f\\v", "[\t\n\r\a\b\f\v]" },
                { "'\\x41'\\101", "[AA]" },
                { "\\u00e9\\u20ac\\U0001f680\\u0041", "[é€🚀A]" },
                { "\\x4", "a backslash begins an escape that is not known" },
                { "\\x00", "a backslash begins an escape that is not known" },
                { "\\777", "a backslash begins an escape that is not known" },
                { "\\189", "a backslash begins an escape that is not known" },
                { "\\ud800", "a backslash begins an escape that is not known" },
                { "\\U00110000", "a backslash begins an escape that is not known" },
                { "\\q", "a backslash begins an escape that is not known" },
                { "a\\", "a backslash begins an escape that is not known" },
                { "'a", "a quotation mark is not closed" },
                { "a \"b\\\"", "a quotation mark is not closed" },
                { "$HOME %n ; #", "[$HOME][%n][;][#]" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                check(words_split, table[i].text, table[i].expected);
}

static void test_fields(void **state) {
        static const char why[] = "a backslash is written '\\\\', and a colon in a name '\\:'";
        static const struct {
                const char *text, *expected;
        } table[] = {
                { "", "[]" },
                { "a", "[a]" },
                { "/a b:/c:ro,rw", "[/a b][/c][ro,rw]" },
                { ":", "[][]" },
                { "a\\:b:c\\\\", "[a:b][c\\]" },
                { "a\\b", why },
                { "a\\", why },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                check(fields_split, table[i].text, table[i].expected);
}

static void check_round(int (*quote)(const char *word, char **ret), Split split, const char *word) {
        _cleanup_free_ char *quoted = NULL, *text = NULL;
        _cleanup_strv_ char **words = NULL;

        assert_return_code(quote(word, &quoted), 0);
        assert_return_code(split(quoted, &words, NULL), 0);
        assert_int_equal(strv_length(words), 1);
        assert_string_equal(words[0], word);
}

static void test_quote(void **state) {
        static const char *const words[] = { "",     "a",    "a b", "it's", "\"\\\"", "\t\n\x01\x7f",
                                             "é\\x", "::\\:" };

        for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                check_round(word_quote, words_split, words[i]);
                check_round(field_quote, fields_split, words[i]);
        }
}

static void test_signals(void **state) {
        const struct {
                const char *text;
                int expected;
        } table[] = {
                { "SIGTERM", SIGTERM },
                { "TERM", SIGTERM },
                { "sigint", SIGINT },
                { "usr1", SIGUSR1 },
                { "15", SIGTERM },
                { "SIGRTMIN+3", SIGRTMIN + 3 },
                { "RTMIN+0", SIGRTMIN },
                { "64", SIGRTMAX },
                { "", -EINVAL },
                { "0", -EINVAL },
                { "65", -EINVAL },
                { "-15", -EINVAL },
                { "99999999999999999999", -EINVAL },
                { "SIG15", -EINVAL },
                { "SIG", -EINVAL },
                { "SIGSIGTERM", -EINVAL },
                { "SIGNONSENSE", -EINVAL },
                { "SIGRTMIN+", -EINVAL },
                { "SIGRTMIN+31", -EINVAL },
                { "SIGRTMIN-1", -EINVAL },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_int_equal(signal_parse(table[i].text), table[i].expected);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_fields),
                cmocka_unit_test(test_quote),
                cmocka_unit_test(test_signals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
