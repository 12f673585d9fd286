/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of console/detach-keys.h.
 * Never: needs a terminal.
 * Follows: console/detach-keys.h. */

#include "scratch.h"

#include "basic/macro.h"
#include "console/detach-keys.h"

static void test_parse(void **state) {
        static const struct {
                const char *text;
                size_t n;
                const char *keys;
        } good[] = {
                { "", 0, "" },           { "ctrl-p,ctrl-q", 2, "\x10\x11" },
                { "ctrl-]", 1, "\x1d" }, { "ctrl-@,x", 2, "\0x" },
                { "~,.", 2, "~." },      { "a,b,c,d,e,f,g,h", 8, "abcdefgh" },
        };
        static const char *const bad[] = {
                ",",
                "a,",
                ",a",
                "a,,b",
                "ctrl-1",
                "ctrl-P",
                "ctrl-",
                "ctrl",
                "ab",
                "\x7f",
                " ",
                "\xc3\xa4",
                "a,b,c,d,e,f,g,h,i",
        };
        DetachKeys k;

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                assert_int_equal(detach_keys_parse(good[i].text, &k), 0);
                assert_int_equal(k.n, good[i].n);
                assert_memory_equal(k.keys, good[i].keys, k.n);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(detach_keys_parse(bad[i], &k), -EINVAL);
}

/* Types it in pieces of each length; what is for the app is the same each time. */
static void check(const char *keys, const char *typed, const char *expected, bool left) {
        for (size_t piece = 1; piece <= strlen(typed) + 1; piece++) {
                char got[64];
                size_t size = 0, n;
                bool all = false;
                DetachKeys k;

                assert_int_equal(detach_keys_parse(keys, &k), 0);
                for (size_t i = 0; i < strlen(typed) && !all; i += piece) {
                        size_t length = MIN(piece, strlen(typed) - i);
                        all = detach_keys_feed(&k, typed + i, length, got + size, &n);
                        assert_true(n <= length + DETACH_KEYS_MAX);
                        size += n;
                }

                assert_int_equal(all, left);
                assert_int_equal(size, strlen(expected));
                assert_memory_equal(got, expected, size);
        }
}

static void test_feed(void **state) {
        check("ctrl-p,ctrl-q", "ls\n", "ls\n", false);
        check("ctrl-p,ctrl-q", "ab\x10\x11more", "ab", true);
        check("ctrl-p,ctrl-q", "a\x10x\x11", "a\x10x\x11", false);
        check("ctrl-p,ctrl-q", "\x10\x10\x11", "\x10", true);
        check("ctrl-p,ctrl-q", "\x10", "", false); /* who knows */
        check("ctrl-]", "a\x1d", "a", true);
        check("x,y,z", "xyxyz", "xy", true);
        check("x,y,z", "xyab", "xyab", false);
        check("", "\x10\x11", "\x10\x11", false);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_feed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
