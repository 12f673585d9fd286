/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of guest/journal-entry.h.
 * Never: opens a socket.
 * Follows: https://systemd.io/JOURNAL_NATIVE_PROTOCOL, RFC 3164. */

#include "scratch.h"

#include "basic/str.h"
#include "guest/journal-entry.h"

static void check(const JournalEntry *e, unsigned priority, const char *name, const char *text) {
        assert_int_equal(e->priority, priority);
        assert_true(streq_ptr(e->name, name));
        assert_string_equal(e->text, text);
}

static void check_syslog(const char *datagram, unsigned priority, const char *name, const char *text) {
        _cleanup_free_ char *copy = strdup(datagram);
        JournalEntry e;

        assert_non_null(copy);
        journal_parse_syslog(copy, strlen(datagram), &e);
        check(&e, priority, name, text);
}

static void test_syslog(void **state) {
        check_syslog("<30>Nov 26 10:00:00 web[7]: hello: you", 6, "web", "hello: you");
        check_syslog("<11>Nov  6 10:00:00 web: hello\n", 3, "web", "hello");
        check_syslog("<0>hello", 0, NULL, "hello");
        check_syslog("hello", 6, NULL, "hello");
        check_syslog("<191>a b: c", 7, NULL, "a b: c");
        check_syslog("<192>x: y", 6, "<192>x", "y");
        check_syslog("<>x", 6, NULL, "<>x");
        check_syslog("<7", 6, NULL, "<7");
        check_syslog("web[x]: y", 6, NULL, "web[x]: y");
        check_syslog("web[7", 6, NULL, "web[7");
        check_syslog("web:", 6, "web", "");
        check_syslog("", 6, NULL, "");
}

#define NATIVE(priority, name, text, datagram)                                                              \
        {                                                                                                   \
                char copy[] = datagram;                                                                     \
                JournalEntry e;                                                                             \
                assert_return_code(journal_parse_native(copy, sizeof(copy) - 1, &e), 0);                    \
                check(&e, priority, name, text);                                                            \
        }

static void test_native(void **state) {
        NATIVE(3, "web", "hello", "MESSAGE=hello\nPRIORITY=3\nSYSLOG_IDENTIFIER=web\n");
        NATIVE(6, NULL, "a=b", "X=1\nMESSAGE=a=b");
        NATIVE(6, "w", "two\nlines",
               "MESSAGE\n\x09\0\0\0\0\0\0\0two\nlines\nSYSLOG_IDENTIFIER\n\x01\0\0\0\0\0\0\0w\nPRIORITY=9\n");
        NATIVE(6, NULL, "a b", "MESSAGE\n\x03\0\0\0\0\0\0\0a\0b\n");
        NATIVE(6, NULL, "", "\n\nMESSAGE=\n");
}

static void test_native_fields(void **state) {
        char copy[] = "CODE_LINE=7\nMESSAGE=hello\n_PID=1\nPRIORITY=x\nCODE_FUNC\n\x03\0\0\0\0\0\0\0a\nb\n1=2\n";
        JournalEntry e;

        assert_return_code(journal_parse_native(copy, sizeof(copy) - 1, &e), 0);
        check(&e, 6, NULL, "hello");
        assert_int_equal(e.n_fields, 2);
        assert_string_equal(e.fields[0].name, "CODE_LINE");
        assert_string_equal(e.fields[0].value, "7");
        assert_string_equal(e.fields[1].name, "CODE_FUNC");
        assert_string_equal(e.fields[1].value, "a\nb");
}

static void test_native_refused(void **state) {
        static const struct {
                const char *text;
                size_t size;
        } cases[] = {
                { "", 0 },
                { "PRIORITY=3\n", 11 },
                { "MESSAGE", 7 },
                { "MESSAGE\n", 8 },
                { "MESSAGE\n\x09\0\0\0\0\0\0", 15 },
                { "MESSAGE\n\x09\0\0\0\0\0\0\0short", 21 },
                { "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff", 16 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char *copy = malloc(cases[i].size + 1);
                JournalEntry e;

                assert_non_null(copy);
                memcpy(copy, cases[i].text, cases[i].size);
                assert_int_equal(journal_parse_native(copy, cases[i].size, &e), -EBADMSG);
                free(copy);
        }
}

static void test_line(void **state) {
        char with[] = "<3>oh", without[] = "<3>oh", facility[] = "<30>oh";
        JournalEntry e;

        journal_parse_line(with, true, 6, &e);
        check(&e, 3, NULL, "oh");
        journal_parse_line(without, false, 5, &e);
        check(&e, 5, NULL, "<3>oh");
        journal_parse_line(facility, true, 6, &e);
        check(&e, 6, NULL, "<30>oh");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_syslog),        cmocka_unit_test(test_native),
                cmocka_unit_test(test_native_fields), cmocka_unit_test(test_native_refused),
                cmocka_unit_test(test_line),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
