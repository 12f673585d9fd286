/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of basic/ini.
 * Never: knows a key of ours.
 * Follows: systemd.syntax(7). */

#include "corpus.h"

#include "basic/ini.h"

/* Writes down what it is told: "section|key=value\n" each. */
static int record(const char *section, const char *key, const char *value, unsigned line, void *userdata,
                  char **reterr_why) {
        fprintf(userdata, "%s|%s=%s\n", section, key, value);
        return 0;
}

/* The input lies on the heap without a NUL behind it, so that reading too far is seen. */
static int parse(const void *data, size_t size, IniHandler handler, void *userdata, char **reterr_why) {
        _cleanup_free_ char *copy = malloc(MAX(size, (size_t) 1));

        assert_non_null(copy);
        memcpy(copy, data, size);
        return ini_parse(copy, size, handler, userdata, reterr_why);
}

static int parse_and_forget(const void *data, size_t size, char **reterr_why) {
        _cleanup_fclose_ FILE *f = fopen("/dev/null", "we");

        assert_non_null(f);
        return parse(data, size, record, f, reterr_why);
}

static void says(const char *text, const char *expected) {
        _cleanup_free_ char *what = NULL, *why = NULL;
        size_t size;

        FILE *f = open_memstream(&what, &size);
        assert_non_null(f);
        int r = parse(text, strlen(text), record, f, &why);
        fclose(f);
        if (r != 0)
                fail_msg("'%s': %d, %s", text, r, why ? why : "no reason");
        assert_null(why);
        assert_string_equal(what, expected);
}

static void test_corpus(void **state) {
        corpus_must_pass("ini", parse_and_forget);
        corpus_must_fail("ini", parse_and_forget);
}

static void test_settings(void **state) {
        says("", "");
        says("[A]\nx=1\ny=2\n[B]\nx=3\n[A]\nx=4\n", "A|x=1\nA|y=2\nB|x=3\nA|x=4\n");
        says("[A]\nx=1\nx=2", "A|x=1\nA|x=2\n");
        says("[A]\nx=\n", "A|x=\n");
        says("[A]\nx=a=b=c\n", "A|x=a=b=c\n");
        says("[A]\nx=# ; [B]\n", "A|x=# ; [B]\n");
        says("[A b]\nkey with blanks = v\n", "A b|key with blanks=v\n");
        says("[A]\nx=\"quoted\" 'too'\n", "A|x=\"quoted\" 'too'\n"); /* quotes are the handler's affair */
}

static void test_blanks(void **state) {
        says(" \t[A] \t\n\tx \t= \t a  b \t \n", "A|x=a  b\n");
        says("[A]\r\nx=1\r\n\r\ny=2\r\n", "A|x=1\nA|y=2\n");
}

static void test_comments(void **state) {
        says("# x=1\n; y=2\n  # z=3\n[A]\n#[B]\nx=1\n", "A|x=1\n");
        says("[A]\n# ends in a backslash \\\nx=1\n", "A|x=1\n"); /* a comment ends with its line */
}

static void test_continuation(void **state) {
        says("[A]\nx=a\\\nb\n", "A|x=a b\n");
        says("[A]\nx=a \\\n\tb \\\n c\ny=2\n", "A|x=a  \tb   c\nA|y=2\n");
        says("[A]\nx=\\\na\n", "A|x=a\n");
        says("[A]\nx\\\n=1\n", "A|x=1\n");
        says("[A]\nx=a\\\n\ny=2\n", "A|x=a\nA|y=2\n"); /* an empty line ends it */
        says("[A]\nx=a\\b\n", "A|x=a\\b\n");           /* only the last character of a line counts */
        says("[A]\nx=a\\\n#b\n;c\nd\n", "A|x=a d\n");  /* "the following non-comment line" */
        says("[A]\nx=a\\\n", "A|x=a\n");
}

static int refuse(const char *section, const char *key, const char *value, unsigned line, void *userdata,
                  char **reterr_why) {
        if (streq(key, "wordless"))
                return -EINVAL;

        return str_printf(reterr_why, "unknown key '%s'", key) < 0 ? -ENOMEM : -ERANGE;
}

static void fails(const char *text, IniHandler handler, int expected, const char *expected_why) {
        _cleanup_free_ char *why = NULL;

        int r = parse(text, strlen(text), handler, NULL, &why);
        if (r != expected || !streq_ptr(why, expected_why))
                fail_msg("'%s': %d, %s", text, r, why ? why : "no reason");
        assert_int_equal(parse(text, strlen(text), handler, NULL, NULL), expected);
}

static void test_handler_refuses(void **state) {
        fails("[A]\n\nx=1\n", refuse, -ERANGE, "line 3: unknown key 'x'");
        fails("[A]\nwordless=1\n", refuse, -EINVAL, "line 2: cannot be used");
        fails("[A]\n# x \\\nx=a \\\n b\n", refuse, -ERANGE, "line 3: unknown key 'x'"); /* where it begins */
}

/* Nothing behind a refused line is handed out. */
static int count_and_refuse(const char *section, const char *key, const char *value, unsigned line,
                            void *userdata, char **reterr_why) {
        return ++*(int *) userdata == 2 ? -EINVAL : 0;
}

static void test_stops(void **state) {
        const char text[] = "[A]\na=1\nb=2\nc=3\n";
        int calls = 0;

        assert_int_equal(parse(text, strlen(text), count_and_refuse, &calls, NULL), -EINVAL);
        assert_int_equal(calls, 2);
}

static int expect_length(const char *section, const char *key, const char *value, unsigned line,
                         void *userdata, char **reterr_why) {
        *(size_t *) userdata = strlen(value);
        return 0;
}

static void long_line(size_t length, size_t *ret_length, int expected) {
        _cleanup_free_ char *text = malloc(length + 8), *why = NULL;

        assert_non_null(text);
        memcpy(text, "[A]\nx=", 6);
        memset(text + 6, 'v', length);
        int r = parse(text, length + 6, expect_length, ret_length, &why);
        if (r != expected)
                fail_msg("%zu characters: %d", length, r);
        if (r < 0)
                assert_string_equal(why, "line 2: a NUL byte or an endless line");
}

static void test_long_lines(void **state) {
        size_t length = 0;

        long_line(60000, &length, 0);
        assert_int_equal(length, 60000);
        long_line(70000, &length, -EBADMSG);
        long_line(1024 * 1024, &length, -EBADMSG);
}

/* Many short lines joined are a long one. */
static void test_endless_continuation(void **state) {
        enum { LINES = 50000 };
        _cleanup_free_ char *text = malloc(LINES * 3 + 16), *why = NULL;
        size_t length;

        assert_non_null(text);
        char *p = stpcpy(text, "[A]\nx=1\ny=");
        for (size_t i = 0; i < LINES; i++)
                p = stpcpy(p, "z\\\n");
        assert_int_equal(parse(text, p - text, expect_length, &length, &why), -EBADMSG);
        assert_true(startswith(why, "line 3: "));
}

/* Every byte of a file changed to every other: read or refused, with a line number. */
static void test_damage(void **state) {
        static const char whole[] = "[A]\nx = 1 \\\n 2\n# c\n\n[B]\ny=\n";

        for (size_t i = 0; i < sizeof(whole) - 1; i++)
                for (int byte = 0; byte < 256; byte++) {
                        _cleanup_free_ char *why = NULL;
                        char text[sizeof(whole)];
                        size_t length;

                        memcpy(text, whole, sizeof(whole));
                        text[i] = byte;
                        int r = parse(text, sizeof(whole) - 1, expect_length, &length, &why);
                        if (r != 0 && (r != -EBADMSG || !why || !startswith(why, "line ")))
                                fail_msg("byte %zu as %02x: %d, %s", i, byte, r, why ? why : "no reason");
                }
}

static int begin_some(const char *section, void *userdata, char **reterr_why) {
        char *seen = userdata;

        if (streq(section, "bad"))
                return str_copy("bad section", reterr_why) < 0 ? -ENOMEM : -EINVAL;
        strcat(strcat(seen, section), " ");
        return 0;
}

static int ignore_line(const char *section, const char *key, const char *value, unsigned line,
                       void *userdata, char **reterr_why) {
        return 0;
}

static void test_sections(void **state) {
        static const char good[] = "[a]\n[b]\nx=1\n# [c]\n[a]\n", bad[] = "[a]\n\n[bad]\nx=1\n";
        _cleanup_free_ char *why = NULL;
        char seen[32] = "";

        assert_int_equal(ini_parse_sections(good, strlen(good), begin_some, ignore_line, seen, NULL), 0);
        assert_string_equal(seen, "a b a ");
        assert_int_equal(ini_parse_sections(bad, strlen(bad), begin_some, ignore_line, seen, &why), -EINVAL);
        assert_string_equal(why, "line 3: bad section");
}

static int record_line(const char *section, const char *key, const char *value, unsigned line,
                       void *userdata, char **reterr_why) {
        fprintf(userdata, "%s:%u ", key, line);
        return streq(key, "bad") ? -EINVAL : 0;
}

static void test_line_numbers(void **state) {
        static const char text[] = "# c\n[A]\na=1\n\nb=x \\\n# c\n  y\nc=1\nbad=1\nd=1\n";
        _cleanup_free_ char *seen = NULL, *why = NULL;
        unsigned line = 0;
        size_t size;

        FILE *f = open_memstream(&seen, &size);
        assert_non_null(f);
        assert_int_equal(ini_parse_at(text, strlen(text), NULL, record_line, f, &line, &why), -EINVAL);
        fclose(f);
        assert_string_equal(seen, "a:3 b:5 c:8 bad:9 ");
        assert_int_equal(line, 9);
        assert_string_equal(why, "cannot be used");
}

static int write_complaint(unsigned line, const char *why, void *userdata) {
        fprintf(userdata, "<%u: %s> ", line, why);
        return 0;
}

static int begin_a(const char *section, void *userdata, char **reterr_why) {
        return streq(section, "A") ? 0 : -EINVAL;
}

/* All that is wrong is heard of, and what is right as well. */
static void test_each(void **state) {
        static const char text[] = "x=0\n[A]\na=1\nrubbish\nbad=1\n[\nb=x \\\n y\n\n[C]\nc=1\n";
        _cleanup_free_ char *seen = NULL;
        size_t size;

        FILE *f = open_memstream(&seen, &size);
        assert_non_null(f);
        assert_int_equal(ini_parse_each(text, strlen(text), begin_a, record_line, write_complaint, f), 0);
        fclose(f);
        assert_string_equal(seen,
                            "<1: a key before the first [Section]> a:3 <4: neither [Section] nor Key=value> "
                            "bad:5 <5: cannot be used> <6: a section looks like [Name]> b:7 "
                            "<10: cannot be used> c:11 ");
}

static int complain_and_stop(unsigned line, const char *why, void *userdata) {
        ++*(unsigned *) userdata;
        return -ECANCELED;
}

static void test_each_stops(void **state) {
        static const char text[] = "rubbish\nrubbish\n";
        unsigned n = 0;

        assert_int_equal(ini_parse_each(text, strlen(text), NULL, ignore_line, complain_and_stop, &n),
                         -ECANCELED);
        assert_int_equal(n, 1);
}

static void test_bool(void **state) {
        static const char *const yes[] = { "yes", "true", "on", "1" },
                                 *const no[] = { "no", "false", "off", "0" },
                                 *const bad[] = { "", "y", "Yes", "TRUE", "2", "yes " };
        bool b = false;

        for (size_t i = 0; i < ELEMENTSOF(yes); i++) {
                assert_int_equal(ini_parse_bool(yes[i], &b), 0);
                assert_true(b);
                assert_int_equal(ini_parse_bool(no[i], &b), 0);
                assert_false(b);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(ini_parse_bool(bad[i], &b), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_corpus),
                cmocka_unit_test(test_settings),
                cmocka_unit_test(test_blanks),
                cmocka_unit_test(test_comments),
                cmocka_unit_test(test_continuation),
                cmocka_unit_test(test_handler_refuses),
                cmocka_unit_test(test_stops),
                cmocka_unit_test(test_long_lines),
                cmocka_unit_test(test_endless_continuation),
                cmocka_unit_test(test_damage),
                cmocka_unit_test(test_sections),
                cmocka_unit_test(test_line_numbers),
                cmocka_unit_test(test_each),
                cmocka_unit_test(test_each_stops),
                cmocka_unit_test(test_bool),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
