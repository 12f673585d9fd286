/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/unit-text: what is written is what is read.
 * Never: asks systemd, which test/system/test-services.sh does.
 * Follows: pod/unit-text.h; systemd.syntax(7). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pod/unit-text.h"
#include "unit-file.h"

/* What has a meaning for systemd somewhere, and what looks as if it had. */
static const char *const special[] = {
        "",        " ",    "\t",      "%",       "%%",       "%n",      "%t/x",   "$",    "$$",    "$HOME",
        "${HOME}", "\\",   "\\\\",    "a\\",     "\\n",      "\\x41",   "\"",     "'",    "a b",   "a:b",
        "a;b",     ";",    "\\;",     "#",       "#a",       "; a",     "[Unit]", "-",    "-/a",   "+/a",
        "!/a",     "@/a",  "!!/a",    "|a",      "a=b",      "=",       "~",      "~/a",  "*",     "?",
        "{a,b}",   "`id`", "$(id)",   "a\\ b",   "\"a\"",    "'a",      "a\"",    "\\\"", "\\'",   "a%",
        "%%n",     "\\%",  "\\$",     "$%n",     "%$",       " a",      "a ",     "a\tb", "ä",     "\u2028",
        "日本語",  "/a:b", "/a b:/c", "x\u00a0", "\xc2\x85", "a\\\\\"", "\x01",   "\x1b", "a\x7f", "…:rbind",
        "a:ro,x",  "\\:",  "::",      "a\\tb",   "/%",       "0",       "no",
};

static int (*const writers[])(FILE *f, const char *text) = {
        unit_put_plain,
        unit_put_word,
};
enum { PLAIN, WORD };

/* What systemd makes of it; NULL: not one value. */
static char *read_back(size_t writer, const char *written) {
        _cleanup_strv_ char **words = NULL;

        if (writer == PLAIN)
                return unit_file_single(written, '%');
        words = unit_file_words(written, ' ', true);
        if (strv_length(words) != 1)
                return NULL;
        return unit_file_single(words[0], '%');
}

/* The line that is written, or NULL if the text is refused. */
static char *write_line(size_t writer, const char *text) {
        _cleanup_free_ char *line = NULL;
        size_t size;

        FILE *f = open_memstream(&line, &size);
        assert_non_null(f);
        fputs("[S]\nA=", f);
        int r = writers[writer](f, text);
        fputs("\nB=c\n", f);
        assert_int_equal(fclose(f), 0);
        if (r >= 0)
                return TAKE_PTR(line);

        assert_int_equal(r, -EINVAL);
        assert_string_equal(line, "[S]\nA=\nB=c\n");
        return NULL;
}

static bool survives(size_t writer, const char *text) {
        _cleanup_free_ char *line = write_line(writer, text), *again = NULL;
        _cleanup_strv_ char **lines = NULL;

        if (!line)
                return false;
        lines = unit_file_lines(line);
        assert_int_equal(strv_length(lines), 2);
        assert_string_equal(lines[1], "S B=c");
        const char *value = unit_file_value(lines, "S A");
        assert_non_null(value);
        again = read_back(writer, value);
        if (!again || !streq(again, text))
                fail_msg("'%s' became '%s' and that '%s'", text, value, again ? again : "something else");

        return true;
}

/* Each byte alone, and between others. */
static void test_bytes(void **state) {
        for (size_t writer = 0; writer < ELEMENTSOF(writers); writer++)
                for (int byte = 1; byte < 256; byte++) {
                        bool is_ascii = byte < 0x80, is_control = byte < ' ' || byte == 0x7f;

                        assert_int_equal(survives(writer, (char[]) { 'a', byte, 'b', '\0' }),
                                         is_ascii && (writer == WORD ? !is_control || byte == '\t' ||
                                                                                       byte == '\n'
                                                                     : byte != '\n' && byte != '\r'));
                        (void) survives(writer, (char[]) { byte, '\0' });
                        (void) survives(writer, (char[]) { byte, byte, '\0' });
                        (void) survives(writer, (char[]) { '\\', byte, '\0' });
                        (void) survives(writer, (char[]) { byte, '\\', '\0' });
                }
}

static void test_special(void **state) {
        for (size_t writer = 0; writer < ELEMENTSOF(writers); writer++)
                for (size_t i = 0; i < ELEMENTSOF(special); i++)
                        for (size_t j = 0; j < ELEMENTSOF(special); j++) {
                                _cleanup_free_ char *text = NULL;

                                assert_int_equal(str_printf(&text, "%s%s", special[i], special[j]), 0);
                                assert_true(survives(writer, text) || writer == PLAIN ||
                                            strpbrk(text, "\x01\x1b\x7f"));
                        }
}

/* What would be lost at the ends of a line is refused. */
static void test_plain(void **state) {
        static const char *const refused[] = { " a", "a ", "\ta", "a\t", "a\\", "\\", " ", "a\nb", "a\rb" };

        for (size_t i = 0; i < ELEMENTSOF(refused); i++)
                assert_false(survives(PLAIN, refused[i]));
        assert_true(survives(PLAIN, ""));
        assert_true(survives(PLAIN, "a b\\ c \"d\" 100% $e"));
}

/* systemd passes over lines that it does not take for UTF-8. */
static void test_characters(void **state) {
        static const char *const refused[] = {
                "\xff",         "\xc0\x80",     "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xe2\x82",
                "\xef\xbf\xbe", "\xef\xbf\xbf", "\xef\xb7\x90", "\xf0\x9f\xbf\xbe", "\x80",
        };

        for (size_t writer = 0; writer < ELEMENTSOF(writers); writer++) {
                for (size_t i = 0; i < ELEMENTSOF(refused); i++)
                        assert_false(survives(writer, refused[i]));
                assert_true(survives(writer, "\xef\xbf\xbd \xf4\x8f\xbf\xbd \xee\x80\x80 \xe2\x80\x8d"));
        }
}

static void is_spelt(const char *assignment, const char *expected) {
        _cleanup_free_ char *line = NULL;
        size_t size;

        FILE *f = open_memstream(&line, &size);
        assert_non_null(f);
        assert_int_equal(unit_put_property(f, assignment), 0);
        assert_int_equal(fclose(f), 0);
        assert_string_equal(line, expected);
}

static void test_properties(void **state) {
        is_spelt("MemoryMax=10%", "MemoryMax=10%\n");
        is_spelt("CPUQuota=150.5%", "CPUQuota=150.5%\n");
        is_spelt("TasksMax=5%", "TasksMax=5%\n");
        is_spelt("Restart=on-failure", "Restart=on-failure\n");
        is_spelt("DeviceAllow=/dev/a%b rw", "DeviceAllow=/dev/a%%b rw\n");
        is_spelt("SetCredential=a:b%c\\n", "SetCredential=a:b%c\\\\n\n");
        is_spelt("LogExtraFields=A=b \"c\" %d", "LogExtraFields=\"A=b \\\"c\\\" %%d\"\n");
        is_spelt("LogExtraFields=", "LogExtraFields=\n");

        assert_int_equal(unit_put_property(stdout, "ExecStart=/bin/sh"), -EINVAL);
        assert_int_equal(unit_put_property(stdout, "MemoryMax"), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bytes),      cmocka_unit_test(test_special),
                cmocka_unit_test(test_plain),      cmocka_unit_test(test_characters),
                cmocka_unit_test(test_properties),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
