/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of cni/configuration and cni/result.
 * Never: runs a plugin.
 * Follows: cni/configuration.h, cni/result.h; CNI 1.0.0, SPEC.md. */

#include "corpus.h"

#include "basic/strv.h"
#include "cni/configuration.h"
#include "cni/result.h"

static int parse_network(const void *data, size_t size, char **reterr_why) {
        _cleanup_(cni_configuration_freep) CniConfiguration *c = NULL;
        return cni_configuration_parse(data, size, &c, reterr_why);
}

static int parse_result(const void *data, size_t size, char **reterr_why) {
        _cleanup_(cni_result_freep) CniResult *result = NULL;
        return cni_result_parse(data, size, &result, reterr_why);
}

static void test_corpus(void **state) {
        corpus_must_pass("cni/networks", parse_network);
        corpus_must_fail("cni/networks", parse_network);
        corpus_survives_damage("cni/networks", parse_network);
        corpus_must_pass("cni/results", parse_result);
        corpus_must_fail("cni/results", parse_result);
        corpus_survives_damage("cni/results", parse_result);
}

static CniConfiguration *network(const char *text) {
        CniConfiguration *c = NULL;

        assert_int_equal(cni_configuration_parse(text, strlen(text), &c, NULL), 0);
        return c;
}

static Json *json(const char *text) {
        Json *j = NULL;

        assert_int_equal(json_parse(text, strlen(text), &j, NULL), 0);
        return j;
}

static void assert_input(const CniConfiguration *c, size_t i, const Json *capabilities, const Json *previous,
                         const char *expected) {
        _cleanup_json_ Json *is = NULL, *wanted = json(expected);
        _cleanup_blob_ Blob input = {};

        assert_int_equal(cni_configuration_input(c, i, capabilities, previous, &input), 0);
        assert_int_equal(json_parse(input.data, input.size, &is, NULL), 0);
        if (!json_same(is, wanted))
                fail_msg("%s", (const char *) input.data);
}

/* What the file says of name, version and run time counts for nothing: a plugin is told by the runtime. */
static void test_input(void **state) {
        _cleanup_(cni_configuration_freep) CniConfiguration *c = network(
                        "{\"cniVersion\":\"1.0.0\",\"name\":\"web\",\"plugins\":["
                        "{\"type\":\"bridge\",\"mtu\":9000,\"name\":\"other\",\"cniVersion\":\"0.1.0\",\"prevResult\":{}},"
                        "{\"type\":\"portmap\",\"capabilities\":{\"portMappings\":true,\"ips\":false},\"runtimeConfig\":5}]}");
        _cleanup_json_ Json *capabilities = json("{\"portMappings\":[{\"hostPort\":80}],\"ips\":[]}"),
                            *previous = json("{\"cniVersion\":\"1.0.0\"}");

        assert_true(cni_configuration_has(c, "portMappings"));
        assert_false(cni_configuration_has(c, "ips"));
        assert_input(c, 0, capabilities, NULL,
                     "{\"cniVersion\":\"1.0.0\",\"name\":\"web\",\"type\":\"bridge\",\"mtu\":9000}");
        assert_input(c, 1, capabilities, previous,
                     "{\"cniVersion\":\"1.0.0\",\"name\":\"web\",\"type\":\"portmap\",\"runtimeConfig\":"
                     "{\"portMappings\":[{\"hostPort\":80}]},\"prevResult\":{\"cniVersion\":\"1.0.0\"}}");
        assert_input(c, 1, NULL, NULL, "{\"cniVersion\":\"1.0.0\",\"name\":\"web\",\"type\":\"portmap\"}");
}

static void test_single(void **state) {
        _cleanup_(cni_configuration_freep) CniConfiguration *c = network(
                        "{\"cniVersion\":\"0.4.0\",\"name\":\"one\",\"type\":\"ptp\",\"ipMasq\":true}");

        assert_int_equal(c->n_plugins, 1);
        assert_string_equal(c->plugins[0].type, "ptp");
        assert_input(c, 0, NULL, NULL,
                     "{\"cniVersion\":\"0.4.0\",\"name\":\"one\",\"type\":\"ptp\",\"ipMasq\":true}");
}

static void test_result(void **state) {
        static const char text[] =
                        "{\"ips\":[{\"address\":\"10.0.0.2/16\"},{\"address\":\"FD00:0::2/64\"}],"
                        "\"dns\":{\"nameservers\":[\"10.0.0.1\"],\"search\":[\"a.example\",\"\"],\"domain\":\"\"}}";
        _cleanup_(cni_result_freep) CniResult *result = NULL;

        assert_int_equal(cni_result_parse(text, strlen(text), &result, NULL), 0);
        assert_int_equal(result->n_ips, 2);
        assert_string_equal(result->ips[0].text, "10.0.0.2");
        assert_int_equal(result->ips[0].prefix, 16);
        assert_string_equal(result->ips[1].text, "fd00::2");
        assert_int_equal(strv_length(result->search), 1);
        assert_null(result->domain);
}

static void assert_said(const char *text, int r, const char *expected) {
        _cleanup_free_ char *said = NULL;

        assert_int_equal(cni_error_parse(text, strlen(text), &said), r);
        if (r == 0)
                assert_string_equal(said, expected);
}

static void test_error(void **state) {
        assert_said("{\"code\":11,\"msg\":\"try again\"}", 0, "try again");
        assert_said("{\"code\":7,\"msg\":\"no\",\"details\":\"a\\nb\"}", 0, "no: a\\x0ab");
        assert_said("{\"code\":7}", -EBADMSG, NULL);
        assert_said("{\"msg\":5}", -EBADMSG, NULL);
        assert_said("[]", -EBADMSG, NULL);
        assert_said("panic: runtime error", -EBADMSG, NULL);
        assert_said("", -EBADMSG, NULL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_corpus), cmocka_unit_test(test_input), cmocka_unit_test(test_single),
                cmocka_unit_test(test_result), cmocka_unit_test(test_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
