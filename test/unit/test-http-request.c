/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of metadata/http-request.h.
 * Never: sends anything.
 * Follows: RFC 9112. */

#include "scratch.h"

#include "basic/str.h"
#include "metadata/http-request.h"

#define HOST "Host: 127.0.0.1\r\n"

static void expect_text(Cursor text, const char *expected) {
        assert_int_equal(text.n, strlen(expected));
        assert_memory_equal(text.p, expected, text.n);
}

/* Whole, and cut anywhere it is not whole yet. */
static HttpRequest parse(const char *text) {
        size_t n = strlen(text);
        HttpRequest q;

        assert_true(http_request_parse(text, n, &q));
        assert_int_equal(q.status, 0);
        for (size_t i = 0; i < q.size; i++) {
                HttpRequest part;

                assert_false(http_request_parse(text, i, &part));
                assert_true(part.size == 0 || part.size == q.size);
        }

        return q;
}

static void refuse(const char *text, unsigned status) {
        HttpRequest q;

        if (!http_request_parse(text, strlen(text), &q))
                fail_msg("%s is taken for the beginning of something", text);
        if (q.status != status)
                fail_msg("%s: %u instead of %u", text, q.status, status);
}

static void test_requests(void **state) {
        HttpRequest q = parse("GET /t/pod/uuid HTTP/1.1\r\n" HOST "Metadata-Flavor: AppContainer\r\n\r\n");
        assert_int_equal(q.method, HTTP_GET);
        expect_text(q.target, "/t/pod/uuid");
        assert_int_equal(q.body.n, 0);
        assert_true(q.keep);

        q = parse("POST /sign HTTP/1.1\r\n" HOST "content-LENGTH:  9 \r\n\r\ncontent=aGET /");
        assert_int_equal(q.method, HTTP_POST);
        expect_text(q.body, "content=a");

        q = parse("HEAD / HTTP/1.1\r\nHost:\r\n\r\n");
        assert_int_equal(q.method, HTTP_HEAD);
        q = parse("GET HTTP://127.0.0.1:2/x HTTP/1.1\r\n" HOST "\r\n");
        expect_text(q.target, "/x");
        q = parse("GET /\xc3\xbc?a=b#c HTTP/1.1\r\n" HOST "X: a\tb\r\n\r\n");
        expect_text(q.target, "/\xc3\xbc?a=b#c");
}

static void test_connections(void **state) {
        assert_false(parse("GET / HTTP/1.0\r\n\r\n").keep);
        assert_false(parse("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n").keep);
        assert_false(parse("GET / HTTP/1.1\r\n" HOST "Connection: x ,Close , y\r\n\r\n").keep);
        assert_true(parse("GET / HTTP/1.1\r\n" HOST "Connection: keep-alive, closed\r\n\r\n").keep);
}

static void test_what_is_no_request(void **state) {
        refuse("\r\n\r\n", 400);
        refuse("GET / HTTP/1.1\r\n\r\n", 400);
        refuse("GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400);
        refuse("GET  / HTTP/1.1\r\n" HOST "\r\n", 400);
        refuse("GET / HTTP/1.1 \r\n" HOST "\r\n", 400);
        refuse("GET x HTTP/1.1\r\n" HOST "\r\n", 400);
        refuse("GET http://host HTTP/1.1\r\n" HOST "\r\n", 400);
        refuse("GET / HTTP/2.0\r\n" HOST "\r\n", 505);
        refuse("GET / http/1.1\r\n" HOST "\r\n", 400);
        refuse("GET /\r\n\r\n", 400);
        refuse("get / HTTP/1.1\r\n" HOST "\r\n", 501);
        refuse("PUT / HTTP/1.1\r\n" HOST "\r\n", 501);
        refuse("G\x01T / HTTP/1.1\r\n" HOST "\r\n", 400);
        refuse("G,T / HTTP/1.1\r\n" HOST "\r\n", 400);
        refuse("GET /a\nb HTTP/1.1\r\n" HOST "\r\n", 400);
        refuse("GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400);
        refuse("GET / HTTP/1.1\r\n" HOST " folded\r\n\r\n", 400);
        refuse("GET / HTTP/1.1\r\n" HOST "x\r\n\r\n", 400);
        refuse("GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n", 400);
        refuse("GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n", 400);
}

/* Where a request ends can be read in one way only. */
static void test_lengths(void **state) {
        static const char post[] = "POST / HTTP/1.1\r\n" HOST;
        static const struct {
                const char *fields;
                unsigned status;
        } cases[] = {
                { "Content-Length: 65537", 413 },
                { "Content-Length: 99999999999999", 413 },
                { "Content-Length: 9999999999999999999999", 400 },
                { "Content-Length: -1", 400 },
                { "Content-Length: +1", 400 },
                { "Content-Length: 0x1", 400 },
                { "Content-Length: 1, 1", 400 },
                { "Content-Length:", 400 },
                { "Content-Length: 1\r\nContent-Length: 1", 400 },
                { "Transfer-Encoding: chunked", 411 },
                { "Content-Length: 1\r\nTransfer-Encoding: chunked", 411 },
                { "Expect: 100-continue\r\nContent-Length: 1", 417 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[256];

                (void) snprintf(text, sizeof(text), "%s%s\r\n\r\n", post, cases[i].fields);
                refuse(text, cases[i].status);
        }
}

static void test_heads_have_a_limit(void **state) {
        static char text[2 * HTTP_HEAD_MAX];
        HttpRequest q;

        memset(text, 'a', sizeof(text));
        assert_false(http_request_parse(text, HTTP_HEAD_MAX, &q));
        assert_true(http_request_parse(text, HTTP_HEAD_MAX + 1, &q));
        assert_int_equal(q.status, 431);

        memcpy(text + HTTP_HEAD_MAX, "\r\n\r\n", 4);
        assert_true(http_request_parse(text, sizeof(text), &q));
        assert_int_equal(q.status, 431);
}

static void test_bodies_have_a_limit(void **state) {
        static char text[HTTP_BODY_MAX + 256];
        HttpRequest q;

        int n = snprintf(text, sizeof(text), "POST / HTTP/1.1\r\n" HOST "Content-Length: 65536\r\n\r\n");
        assert_false(http_request_parse(text, n + HTTP_BODY_MAX - 1, &q));
        assert_true(http_request_parse(text, n + HTTP_BODY_MAX, &q));
        assert_int_equal(q.status, 0);
        assert_int_equal(q.body.n, HTTP_BODY_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_requests),           cmocka_unit_test(test_connections),
                cmocka_unit_test(test_what_is_no_request), cmocka_unit_test(test_lengths),
                cmocka_unit_test(test_heads_have_a_limit), cmocka_unit_test(test_bodies_have_a_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
