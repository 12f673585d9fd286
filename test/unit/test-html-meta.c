/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "image/html-meta.h"

/* What is found in a page, as "name=content;…", values as they are written. */
static char *found_in(const void *page, size_t size) {
        Cursor rest = cursor_of(page, size);
        HtmlMeta meta;
        char *text = NULL;
        size_t text_size;

        FILE *f = open_memstream(&text, &text_size);
        assert_non_null(f);
        while (html_next_meta(&rest, &meta))
                fprintf(f, "%.*s=%.*s;", (int) meta.name.n, (const char *) meta.name.p, (int) meta.content.n,
                        (const char *) meta.content.p);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(rest.n, 0);
        return text;
}

static void expect(const char *page, const char *expected) {
        _cleanup_free_ char *found = found_in(page, strlen(page));

        if (!streq(found, expected))
                fail_msg("'%s': '%s', not '%s'", page, found, expected);
}

static void test_tags(void **state) {
        expect("", "");
        expect("just text & < signs > 3<4 <", "");
        expect("<meta name=\"a\" content=\"b\">", "a=b;");
        expect("<!DOCTYPE html><html><head><meta name=a content=b></head></html>", "a=b;");
        expect("<body><p><meta name=a content=b></p><meta name=c content=d></body>", "a=b;c=d;");
        expect("<MeTa NAME=\"a\" Content=\"B\">", "a=B;");
        expect("<meta name=a content=b/>", "a=b/;");
        expect("<meta name='a' content='b'/>", "a=b;");
        expect("<meta/name='a'/content='b'/>", "a=b;");
        expect("<metadata name=a content=b><met name=a content=b>", "");
        expect("</meta name=a content=b>", "");
        expect("< meta name=a content=b>", "");
        expect("<<meta name=a content=b>", "a=b;");
        expect("<p <meta name=a content=b>", ""); /* attributes of <p> */
        expect("<meta>", "=;");
        expect("<meta charset=utf-8>", "=;");
}

static void test_attributes(void **state) {
        expect("<meta content=\"b\" name=\"a\">", "a=b;");
        expect("<meta\n\tname\n=\n'a'\f content = \"b c\"\r\n>", "a=b c;");
        expect("<meta name=a id=x content=b lang>", "a=b;");
        expect("<meta name=\"a\"content=\"b\">", "a=b;");
        expect("<meta name=a name=z content=b content=z>", "a=b;");
        expect("<meta name=a content='say \"b\"'>", "a=say \"b\";");
        expect("<meta name=a content=\"it's > <b> --> ok\">", "a=it's > <b> --> ok;");
        expect("<meta name=a content=\"b&amp;c\">", "a=b&amp;c;");
        expect("<meta name=a content=b\"c'd=e>", "a=b\"c'd=e;");
        expect("<meta name=a content=>", "a=;");
        expect("<meta name=a content>", "a=;");
        expect("<meta content name=a content=b>", "a=;");
        expect("<meta name=a =content=b>", "a=;");
        expect("<p title=\"<meta name=a content=b>\">", "");
        expect("</p title=\"<meta name=a content=b>\">", "");
}

static void test_not_tags(void **state) {
        expect("<!-- <meta name=a content=b> --><meta name=c content=d>", "c=d;");
        expect("<!-- <meta name=a content=b> -- > <meta name=a content=b> --!><meta name=c content=d>",
               "c=d;");
        expect("<!--><meta name=c content=d>", "c=d;");
        expect("<!---><meta name=c content=d>", "c=d;");
        expect("<!----><meta name=c content=d>", "c=d;");
        expect("<!--- <meta name=a content=b> ---><meta name=c content=d>", "c=d;");
        expect("<!-- <!-- --><meta name=c content=d>-->", "c=d;");
        expect("<! <meta name=a content=b><meta name=c content=d>", "c=d;");
        expect("<?php <meta name=a content=b><meta name=c content=d>", "c=d;");
        expect("</ <meta name=a content=b><meta name=c content=d>", "c=d;");
        expect("</><meta name=c content=d>", "c=d;");
        expect("<script>'<meta name=a content=b>'</script><meta name=c content=d>", "c=d;");
        expect("<SCRIPT src=x><meta name=a content=b></ScrIpt ><meta name=c content=d>", "c=d;");
        expect("<script>a</scripts><meta name=a content=b></script/><meta name=c content=d>", "c=d;");
        expect("<style><!-- </style><meta name=c content=d>", "c=d;");
        expect("<textarea></title><meta name=a content=b></textarea><meta name=c content=d>", "c=d;");
        expect("<title><meta name=a content=b></title><meta name=c content=d>", "c=d;");
        expect("<titles><meta name=c content=d>", "c=d;");
        expect("</title><meta name=c content=d>", "c=d;");
}

static void test_cut_short(void **state) {
        expect("<!-- <meta name=a content=b>", "");
        expect("<!-- <meta name=a content=b> --", "");
        expect("<! <meta name=a", "");
        expect("<script><meta name=a content=b>", "");
        expect("<script></script", "");
        expect("<script", "");
        expect("</", "");
        expect("<!", "");
        expect("<!-", "");
        expect("<meta", "");
        expect("<meta name=a content=b", "");
        expect("<meta name=a content=\"b>", "");
        expect("<meta name=a content=\"b\"", "");
        expect("<meta name=a content='b\"><meta name=c content=d>", "");
}

static void test_any_bytes(void **state) {
        static const char page[] =
                        "<!doctype html><!-- x --><title>t</title><meta name='a' content=\"b&amp;\"/></p>";

        /* On the heap and without a NUL behind it, so that reading too far is seen. */
        for (size_t i = 0; i < sizeof(page); i++)
                for (unsigned byte = 0; byte < 256; byte++) {
                        _cleanup_free_ char *changed = malloc(i + 1);
                        assert_non_null(changed);
                        memcpy(changed, page, i);
                        changed[i] = byte;
                        free(found_in(changed, i + 1));
                }

        static const char nul[] =
                        "<me\0ta name=a content=b><meta name=\0 content=b><meta na\0me=a content=b>";
        _cleanup_free_ char *found = found_in(nul, sizeof(nul) - 1);
        assert_int_equal(html_next_meta(&(Cursor) {}, &(HtmlMeta) {}), false);
}

static void test_unescape(void **state) {
        static const struct {
                const char *text, *expected;
        } cases[] = {
                { "", "" },
                { "plain \xc3\xa4 \xff", "plain \xc3\xa4 \xff" },
                { "&amp;&lt;&gt;&quot;&apos;", "&<>\"'" },
                { "&amp;amp;", "&amp;" },
                { "&#39;&#x27;&#X2f;&#0065;", "''/A" },
                { "&#228;&#x20ac;&#x1f600;&#x7ff;&#x800;&#xffff;&#x10000;",
                  "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80" },
                { "&#0;&#xd800;&#x110000;&#99999999999999999999;&#xffffffffffffffffff;",
                  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
                { "a&b;&amp&nbsp;&;&#;&#x;&#39&#-1;&#1a;&#xg;&",
                  "a&b;&amp&nbsp;&;&#;&#x;&#39&#-1;&#1a;&#xg;&" },
                { "&&amp;#39;", "&&#39;" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *s = NULL;
                assert_int_equal(html_unescape(cursor_of(cases[i].text, strlen(cases[i].text)), &s), 0);
                assert_string_equal(s, cases[i].expected);
        }

        _cleanup_free_ char *s = NULL;
        assert_int_equal(html_unescape(cursor_of("a\0b", 3), &s), 0);
        assert_string_equal(s, "a\xef\xbf\xbd"
                               "b");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_tags),      cmocka_unit_test(test_attributes),
                cmocka_unit_test(test_not_tags),  cmocka_unit_test(test_cut_short),
                cmocka_unit_test(test_any_bytes), cmocka_unit_test(test_unescape),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
