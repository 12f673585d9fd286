/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "image/appc-discovery.h"

#define META(content) "<meta name=\"ac-discovery\" content=\"" content "\">"

static void parse(const char *page, AppcDiscovery *ret) {
        assert_int_equal(appc_discovery_parse(page, strlen(page), ret), 0);
}

static void assert_pair(const Pairs *p, size_t i, const char *name, const char *value) {
        assert_true(i < p->n);
        assert_string_equal(p->items[i].name, name);
        assert_string_equal(p->items[i].value, value);
}

static void test_page(void **state) {
        static const char page[] =
                        "<!DOCTYPE html>\n<html lang=en><head><title>Images</title>\n"
                        "<meta charset=utf-8>\n"
                        "<meta name=\"ac-discovery\" content=\"a.com/x https://a.com/{name}-{version}.{ext}?b&amp;c\">\n"
                        "<meta content='a.com  https://a.com/{os}.{ext}\n' name=ac-discovery>\n"
                        "<!-- <meta name=\"ac-discovery\" content=\"old https://old/{ext}\"> -->\n"
                        "</head><body>\n"
                        "<META NAME=\"ac-discovery-pubkeys\" CONTENT=\" a.com\thttps://no\n https://a.com/keys.gpg \"/>\n"
                        "<meta name=\"ac-discovery-pubkeys\" content=\"a.com https://a.com/more keys.gpg\">\n"
                        "</body></html>\n";
        _cleanup_appc_discovery_ AppcDiscovery d = {};

        parse(page, &d);
        assert_int_equal(d.endpoints.n, 2);
        assert_pair(&d.endpoints, 0, "a.com/x", "https://a.com/{name}-{version}.{ext}?b&c");
        assert_pair(&d.endpoints, 1, "a.com", "https://a.com/{os}.{ext}");
        assert_int_equal(d.pubkeys.n, 2);
        assert_pair(&d.pubkeys, 0, "a.com\thttps://no", "https://a.com/keys.gpg");
        assert_pair(&d.pubkeys, 1, "a.com", "https://a.com/more keys.gpg");
}

static void test_nothing_said(void **state) {
        static const char *const pages[] = {
                "",
                "404 page not found\n",
                "{\"errors\":[]}",
                META(""),
                META(" "),
                META("a.com"),
                META(" a.com "),
                META("a.com\thttps://a.com/{ext}"),
                "<meta name=\"AC-DISCOVERY\" content=\"a b\">",
                "<meta name=\"ac-discovery-\" content=\"a b\">",
                "<meta name=\" ac-discovery\" content=\"a b\">",
                "<meta property=\"ac-discovery\" content=\"a b\">",
                "<meta name=\"ac-discovery\">",
                "<meta name=\"ac-discovery\" content=\"a b",
        };

        for (size_t i = 0; i < ELEMENTSOF(pages); i++) {
                _cleanup_appc_discovery_ AppcDiscovery d = {};
                parse(pages[i], &d);
                if (d.endpoints.n != 0 || d.pubkeys.n != 0)
                        fail_msg("'%s' says something", pages[i]);
        }
}

/* What a hostile server can make us keep is little, and what it cannot push out is what comes first. */
static void test_bounds(void **state) {
        static const char tag[] = META("a https://b/{ext}");
        _cleanup_appc_discovery_ AppcDiscovery many = {}, big = {}, none = {};
        size_t size = (sizeof(tag) - 1) * 100000;
        _cleanup_free_ char *page = malloc(size), *nested = malloc(size), *content = NULL;

        assert_true(page && nested);
        for (size_t i = 0; i < size; i++)
                page[i] = tag[i % (sizeof(tag) - 1)];
        assert_int_equal(appc_discovery_parse(page, size, &many), 0);
        assert_int_equal(many.endpoints.n, APPC_DISCOVERY_MAX);

        memset(page, '<', size);
        memset(nested, '&', size);
        assert_int_equal(str_printf(&content, META("a %.*s") META("a %.*s"), 5000, nested, 4000, nested), 0);
        parse(content, &big);
        assert_int_equal(big.endpoints.n, 1);
        assert_int_equal(strlen(big.endpoints.items[0].value), 4000);
        assert_int_equal(appc_discovery_parse(page, size, &none), 0);
        assert_int_equal(none.endpoints.n, 0);
}

static void test_matches(void **state) {
        assert_true(appc_discovery_matches("localhost/pre", "localhost/prefix"));
        assert_true(appc_discovery_matches("example.com", "example.com/a"));
        assert_true(appc_discovery_matches("example.com/a", "example.com/a"));
        assert_false(appc_discovery_matches("example.com/a/", "example.com/a"));
        assert_false(appc_discovery_matches("example.com/b", "example.com/a"));
        assert_false(appc_discovery_matches("Example.com", "example.com/a"));
}

static void test_parent(void **state) {
        char walk[] = "a.com/p/s", doubled[] = "a.com//p", rooted[] = "//a";

        assert_true(appc_discovery_to_parent(walk));
        assert_string_equal(walk, "a.com/p");
        assert_true(appc_discovery_to_parent(walk));
        assert_string_equal(walk, "a.com");
        assert_false(appc_discovery_to_parent(walk));
        assert_true(appc_discovery_to_parent(doubled));
        assert_string_equal(doubled, "a.com");
        assert_false(appc_discovery_to_parent(rooted));
}

static const Pairs labels = { .n = 6,
                              .items = (Pair[]) { { (char *) "os", (char *) "linux" },
                                                  { (char *) "arch", (char *) "amd64" },
                                                  { (char *) "name", (char *) "not this one" },
                                                  { (char *) "ext", (char *) "nor this" },
                                                  { (char *) "empty", (char *) "" },
                                                  { (char *) "braces", (char *) "{name}" } } };

static void test_render(void **state) {
        static const struct {
                const char *template, *version, *url;
        } cases[] = {
                { "https://storage.example.com/{os}/{arch}/{name}-{version}.{ext}", "1.0.0",
                  "https://storage.example.com/linux/amd64/example.com/reduce-worker-1.0.0.aci" },
                { "{version}.{ext}", NULL, "latest.aci" },
                { "{version}.{ext}", "", "latest.aci" },
                { "{ext}{ext}", NULL, "aciaci" },
                { "{empty}{ext}", NULL, "aci" },
                { "{braces}.{ext}", NULL, "{name}.aci" }, /* once only */
                { "a}b}{ext}", NULL, "a}b}aci" },
                /* of no use */
                { "https://a.com/{name}.aci", "1", NULL },
                { "{channel}.{ext}", "1", NULL },
                { "{}.{ext}", "1", NULL },
                { "{Name}.{ext}", "1", NULL },
                { "{ name }.{ext}", "1", NULL },
                { "{{name}}.{ext}", "1", NULL },
                { "{ext}{name", "1", NULL },
                { "{ext}{", "1", NULL },
                { "", "1", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *url = NULL;
                int r = appc_template_render(cases[i].template, "example.com/reduce-worker",
                                             cases[i].version, &labels, "aci", &url);
                if (r != (cases[i].url != NULL) || !streq_ptr(url, cases[i].url))
                        fail_msg("'%s': %d, '%s'", cases[i].template, r, url ? url : "");
        }
}

static void test_render_long(void **state) {
        _cleanup_free_ char *many = malloc(1000 * strlen("{name}") + 1), *template = NULL, *url = NULL;

        assert_non_null(many);
        many[0] = '\0';
        for (size_t i = 0; i < 1000; i++)
                strcpy(many + i * strlen("{name}"), "{name}");

        assert_int_equal(str_printf(&template, "%s{ext}", many), 0);
        assert_int_equal(appc_template_render(template, "12345678", NULL, &labels, "aci.asc", &url), 1);
        assert_int_equal(strlen(url), 8007);
        char *none = NULL;
        assert_int_equal(appc_template_render(template, "123456789", NULL, &labels, "aci.asc", &none), 0);
        assert_null(none);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_page),        cmocka_unit_test(test_nothing_said),
                cmocka_unit_test(test_bounds),      cmocka_unit_test(test_matches),
                cmocka_unit_test(test_parent),      cmocka_unit_test(test_render),
                cmocka_unit_test(test_render_long),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
