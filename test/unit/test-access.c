/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry/access.h.
 * Never: reads a configuration.
 * Follows: registry/access.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "basic/str.h"
#include "registry/access.h"

#define PEM "-----BEGIN CERTIFICATE-----\nZm9v\n-----END CERTIFICATE-----\n"

static Endpoint endpoints[] = {
        { .host = (char *) "mirror.example:5000",
          .repository = (char *) "a/b",
          .use = ENDPOINT_DIGEST,
          .plain_http = true },
        { .host = (char *) "[::1]:5000",
          .repository = (char *) "library/busybox",
          .user = (char *) "j\"\\\xc3\xb6",
          .password = (char *) "\x1b\n\x7f hunter2",
          .identity_token = (char *) "",
          .authorities = (char *) PEM PEM,
          .certificate = (char *) PEM,
          .key = (char *) PEM },
        { .host = (char *) "a.example", .use = ENDPOINT_TAG },
};

static const Access example = {
        .endpoints = endpoints,
        .n_endpoints = ELEMENTSOF(endpoints),
        .lookaside = { .url = (char *) "https://s.example/x",
                       .repository = (char *) "library/busybox",
                       .host = { .host = (char *) "s.example",
                                 .plain_http = true,
                                 .password = (char *) "p" } },
        .limits = { .document_max = 4 << 20,
                    .index_entries_max = 1024,
                    .headers_max = 65536,
                    .redirects_max = 10,
                    .timeout = 30,
                    .retries = 0 },
};

static int parse(const char *text, Access *ret, char **reterr_why) {
        return access_parse(text, strlen(text), ret, reterr_why);
}

static void endpoint_is(const Endpoint *is, const Endpoint *should) {
        assert_string_equal(is->host, should->host);
        assert_true(streq_ptr(is->repository, should->repository));
        assert_int_equal(is->use, should->use);
        assert_int_equal(is->plain_http, should->plain_http);
        assert_true(streq_ptr(is->user, should->user));
        assert_true(streq_ptr(is->password, should->password));
        assert_true(streq_ptr(is->identity_token, should->identity_token));
        assert_true(streq_ptr(is->authorities, should->authorities));
        assert_true(streq_ptr(is->certificate, should->certificate));
        assert_true(streq_ptr(is->key, should->key));
}

static void test_round_trip(void **state) {
        _cleanup_blob_ Blob text = {}, again = {};
        _cleanup_access_ Access a = {};

        assert_return_code(access_format(&example, &text), 0);
        assert_return_code(access_parse(text.data, text.size, &a, NULL), 0);
        assert_int_equal(a.n_endpoints, ELEMENTSOF(endpoints));
        for (size_t i = 0; i < a.n_endpoints; i++)
                endpoint_is(&a.endpoints[i], &endpoints[i]);
        assert_string_equal(a.lookaside.url, example.lookaside.url);
        assert_string_equal(a.lookaside.repository, example.lookaside.repository);
        endpoint_is(&a.lookaside.host, &example.lookaside.host);
        assert_memory_equal(&a.limits, &example.limits, sizeof(a.limits));

        assert_return_code(access_format(&a, &again), 0);
        assert_int_equal(again.size, text.size);
        assert_memory_equal(again.data, text.data, text.size);
}

static void test_nowhere(void **state) {
        _cleanup_blob_ Blob text = {};
        _cleanup_access_ Access a = {};

        assert_return_code(access_format(&(Access) {}, &text), 0);
        assert_return_code(access_parse(text.data, text.size, &a, NULL), 0);
        assert_int_equal(a.n_endpoints, 0);
        assert_null(a.endpoints);
        assert_null(a.lookaside.url);
}

/* A lookaside that is a directory has no host. */
static void test_directory(void **state) {
        const Access directory = { .lookaside = { .url = (char *) "file:///srv",
                                                  .repository = (char *) "a" } };
        _cleanup_blob_ Blob text = {};
        _cleanup_access_ Access a = {};

        assert_return_code(access_format(&directory, &text), 0);
        assert_return_code(access_parse(text.data, text.size, &a, NULL), 0);
        assert_string_equal(a.lookaside.url, "file:///srv");
        assert_null(a.lookaside.host.host);
}

/* The largest numbers a configuration can have arrive as they are. */
static void test_large(void **state) {
        const Access large = { .limits = { .document_max = INT64_MAX, .retries = INT64_MAX } };
        _cleanup_blob_ Blob text = {};
        _cleanup_access_ Access a = {};

        assert_return_code(access_format(&large, &text), 0);
        assert_return_code(access_parse(text.data, text.size, &a, NULL), 0);
        assert_true(a.limits.document_max == INT64_MAX && a.limits.retries == INT64_MAX);
}

static void refuses(const char *text, const char *why_expected) {
        Access a = { .n_endpoints = 12345 };
        _cleanup_free_ char *why = NULL;

        assert_int_equal(parse(text, &a, &why), -EBADMSG);
        assert_int_equal(a.n_endpoints, 12345);
        assert_non_null(why);
        if (!startswith(why, why_expected) || strstr(why, "hunter2"))
                fail_msg("'%s': %s", text, why);
        assert_int_equal(parse(text, &a, /* reterr_why= */ NULL), -EBADMSG);
}

static void test_hostile(void **state) {
        refuses("", "the document is empty");
        refuses("[]", "not an object");
        refuses("{\"endpoints\":{}}", "endpoints: not an array");
        refuses("{\"endpoints\":[null]}", "endpoints[0]: not an object");
        refuses("{\"endpoints\":[{}]}", "endpoints[0].host: missing");
        refuses("{\"endpoints\":[{\"host\":null}]}", "endpoints[0].host: missing");
        refuses("{\"endpoints\":[{\"host\":1}]}", "endpoints[0].host: not a string");
        refuses("{\"endpoints\":[{\"host\":\"a\"},{\"host\":\"a\",\"password\":[\"hunter2\"]}]}",
                "endpoints[1].password: not a string");
        refuses("{\"endpoints\":[{\"host\":\"a\",\"password\":\"hunter2\",\"key\":true}]}",
                "endpoints[0].key: not a string");
        refuses("{\"endpoints\":[{\"host\":\"a\",\"password\":\"hunter2\\u0000\"}]}", "line 1");
        refuses("{\"endpoints\":[{\"host\":\"a\",\"password\":\"hunter2", "line 1");
        refuses("{\"endpoints\":[{\"host\":\"a\",\"plainHttp\":1}]}", "endpoints[0].plainHttp: neither");
        refuses("{\"endpoints\":[{\"host\":\"a\",\"use\":-1}]}", "endpoints[0].use: not an integer");
        refuses("{\"lookaside\":[]}", "lookaside: not an object");
        refuses("{\"lookaside\":{\"url\":\"file:///x\"}}", "lookaside.repository: missing");
        refuses("{\"lookaside\":{\"url\":\"x\",\"repository\":\"x\",\"host\":{\"password\":\"hunter2\"}}}",
                "lookaside.host.host: missing");
        refuses("{\"timeout\":-1}", "timeout: not an integer of 0 or more");
        refuses("{\"timeout\":1.5}", "timeout: not an integer of 0 or more");
        refuses("{\"timeout\":9223372036854775808}", "line 1");
        refuses("{\"timeout\":1,\"timeout\":2}", "line 1");
}

static void test_done_twice(void **state) {
        Access a = {};

        assert_return_code(parse("{\"endpoints\":[{\"host\":\"a\"}]}", &a, NULL), 0);
        access_done(&a);
        assert_null(a.endpoints);
        access_done(&a);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip), cmocka_unit_test(test_nowhere),
                cmocka_unit_test(test_large),      cmocka_unit_test(test_hostile),
                cmocka_unit_test(test_done_twice), cmocka_unit_test(test_directory),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
