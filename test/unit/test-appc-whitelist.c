/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of image/appc-whitelist.
 * Never: applies one to an image: test-appc-dependencies.sh does.
 * Follows: image/appc-whitelist.h; App Container spec 0.8.11, pathWhitelist. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "basic/str.h"
#include "image/appc-whitelist.h"
#include "image/hasher.h"

static AppcWhitelist make(const char *const *paths) {
        AppcWhitelist w;

        assert_int_equal(appc_whitelist_of((char *const *) paths, &w), 0);
        return w;
}
#define MAKE(...) make((const char *[]) { __VA_ARGS__, NULL })

static void expect(const AppcWhitelist *w, const char *const *paths) {
        size_t n = 0;

        for (; paths[n]; n++) {
                assert_true(n < w->n);
                assert_string_equal(w->paths[n], paths[n]);
        }
        assert_int_equal(w->n, n);
}
#define EXPECT(w, ...) expect(w, (const char *[]) { __VA_ARGS__ __VA_OPT__(, ) NULL })

static void test_clean(void **state) {
        _cleanup_whitelist_ AppcWhitelist w = MAKE("/b/", "/a//b", "/./a/c/.", "/", "/b", "/x/../y",
                                                   "/../../z", "/x/y/../../q", "/..", "/.hidden", "/...");

        EXPECT(&w, "...", ".hidden", "a/b", "a/c", "b", "q", "y", "z");
}

static void test_has(void **state) {
        _cleanup_whitelist_ AppcWhitelist w = MAKE("/etc/passwd", "/usr/", "/etc-x");
        AppcWhitelist none = {};

        assert_true(appc_whitelist_has(&w, "etc/passwd"));
        assert_true(appc_whitelist_has(&w, "usr"));
        assert_false(appc_whitelist_has(&w, "etc"));
        assert_false(appc_whitelist_has(&w, "usr/bin"));
        assert_false(appc_whitelist_has(&w, "etc/passwd-"));
        assert_false(appc_whitelist_has(&none, "etc"));
}

static void test_reaches(void **state) {
        _cleanup_whitelist_ AppcWhitelist w =
                        MAKE("/a", "/a.b", "/a0", "/b/c/d", "/b-", "/b0/x", "/c", "/c/x");
        AppcWhitelist none = {};

        assert_true(appc_whitelist_reaches(&w, ""));
        assert_true(appc_whitelist_reaches(&w, "b"));
        assert_true(appc_whitelist_reaches(&w, "b/c"));
        assert_true(appc_whitelist_reaches(&w, "b0"));
        assert_true(appc_whitelist_reaches(&w, "c"));
        assert_false(appc_whitelist_reaches(&w, "a"));
        assert_false(appc_whitelist_reaches(&w, "b/c/d"));
        assert_false(appc_whitelist_reaches(&w, "b-"));
        assert_false(appc_whitelist_reaches(&w, "d"));
        assert_false(appc_whitelist_reaches(&none, ""));
}

static void test_intersect(void **state) {
        _cleanup_whitelist_ AppcWhitelist a = MAKE("/a", "/b", "/d"), b = MAKE("/b", "/c", "/d", "/e"),
                                          c = MAKE("/x");
        _cleanup_whitelist_ AppcWhitelist ab = {}, ba = {}, ac = {};

        assert_int_equal(appc_whitelist_intersect(&a, &b, &ab), 0);
        assert_int_equal(appc_whitelist_intersect(&b, &a, &ba), 0);
        assert_int_equal(appc_whitelist_intersect(&a, &c, &ac), 0);
        EXPECT(&ab, "b", "d");
        EXPECT(&ac);
        assert_true(appc_whitelist_equal(&ab, &ba));
        assert_false(appc_whitelist_equal(&ab, &a));
        assert_false(appc_whitelist_equal(&ac, NULL)); /* nothing is not everything */
        assert_true(appc_whitelist_equal(NULL, NULL));
}

static void test_handed_over(void **state) {
        _cleanup_whitelist_ AppcWhitelist w = MAKE("/b", "/a/c", "/\xff"), again = {}, none = {};
        _cleanup_blob_ Blob text = {}, nothing = {};

        assert_int_equal(appc_whitelist_format(&w, &text), 0);
        assert_int_equal(text.size, sizeof("a/c\0b\0\xff"));
        assert_memory_equal(text.data, "a/c\0b\0\xff", text.size);
        assert_int_equal(appc_whitelist_parse(text.data, text.size, &again), 0);
        assert_true(appc_whitelist_equal(&w, &again));

        assert_int_equal(appc_whitelist_format(&none, &nothing), 0);
        assert_int_equal(nothing.size, 0);
        assert_int_equal(appc_whitelist_parse(nothing.data, 0, &none), 0);
        assert_int_equal(none.n, 0);
}

static void test_parse_refuses(void **state) {
        static const struct {
                const char *data;
                size_t size;
        } bad[] = {
                { "a", 1 },    /* no end */
                { "", 1 },     /* an empty path */
                { "b\0a", 4 }, /* not sorted */
                { "a\0a", 4 }, /* twice */
                { "/a", 3 },   /* not clean */
                { "a/", 3 },   { "a//b", 5 }, { "./a", 4 }, { "a/../b", 7 }, { "..", 3 },
        };
        AppcWhitelist w;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (appc_whitelist_parse(bad[i].data, bad[i].size, &w) != -EBADMSG)
                        fail_msg("number %zu is accepted", i);
}

static void test_layer_id(void **state) {
        _cleanup_whitelist_ AppcWhitelist a = MAKE("/a"), ab = MAKE("/a", "/b"), joined = MAKE("/ab"),
                                          none = {};
        Digest image = { .algorithm = DIGEST_SHA512, .bytes = { 1 } },
               other = { .algorithm = DIGEST_SHA512 };
        Digest ids[6];

        assert_int_equal(appc_whitelist_layer_id(&image, &a, &ids[0]), 0);
        assert_int_equal(appc_whitelist_layer_id(&image, &ab, &ids[1]), 0);
        assert_int_equal(appc_whitelist_layer_id(&image, &joined, &ids[2]), 0);
        assert_int_equal(appc_whitelist_layer_id(&image, &none, &ids[3]), 0);
        assert_int_equal(appc_whitelist_layer_id(&other, &a, &ids[4]), 0);
        ids[5] = image;
        for (size_t i = 0; i < ELEMENTSOF(ids); i++)
                for (size_t j = 0; j < i; j++)
                        assert_false(digest_equal(&ids[i], &ids[j]));
}

/* It is what layers on disk are called: sha512 of the purpose, the image's ID and each path, with their ends. */
static void test_layer_id_stays(void **state) {
        _cleanup_whitelist_ AppcWhitelist w = MAKE("/b", "/a");
        Digest image = { .algorithm = DIGEST_SHA512 }, id, expected;
        char text[256], *p = text;

        memset(image.bytes, 0xab, sizeof(image.bytes));
        p = stpcpy(p, "gantry filtered layer\nsha512-");
        for (size_t i = 0; i < sizeof(image.bytes); i++)
                p = stpcpy(p, "ab");
        memcpy(p, "\0a\0b", 5);
        p += 5;
        assert_int_equal(digest_of(DIGEST_SHA512, text, p - text, &expected), 0);
        assert_int_equal(appc_whitelist_layer_id(&image, &w, &id), 0);
        assert_true(digest_equal(&id, &expected));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_clean),       cmocka_unit_test(test_has),
                cmocka_unit_test(test_reaches),     cmocka_unit_test(test_intersect),
                cmocka_unit_test(test_handed_over), cmocka_unit_test(test_parse_refuses),
                cmocka_unit_test(test_layer_id),    cmocka_unit_test(test_layer_id_stays),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
