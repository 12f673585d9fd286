/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of trust/rule.h and trust/rule-prefix.h.
 * Never: believes that a file was refused without asking what it governs then.
 * Follows: STYLE.md, "Tests". */

#include "corpus.h"

#include "basic/strv.h"
#include "trust/rule.h"

static int parse(const void *data, size_t size, char **reterr_why) {
        _cleanup_rule_ Rule *rule = NULL;

        assert_return_code(rule_parse("FILE", data, size, &rule), 0);
        if (!rule->broken) {
                assert_non_null(rule->prefix);
                assert_true(rule_prefix_match(rule->prefix, rule->prefix) >= 0);
                assert_true(rule->threshold >= 1 && rule->threshold <= RULE_THRESHOLD_MAX);
                assert_int_equal(rule->keys || rule->directories, rule->require == RULE_REQUIRE_SIGNATURE);
                return 0;
        }

        assert_true(rule->enforce);
        assert_string_equal(rule->broken_place.file, "FILE");
        assert_true(endswith(rule->broken, rule->broken_why));
        if (reterr_why)
                assert_return_code(str_copy(rule->broken, reterr_why), 0);
        return -EBADMSG;
}

static void test_must_pass(void **state) {
        corpus_must_pass("trust-rules", parse);
}

static void test_must_fail(void **state) {
        corpus_must_fail("trust-rules", parse);
}

static Rule *new_rule(const char *body) {
        _cleanup_free_ char *text = NULL;
        Rule *rule = NULL;

        assert_return_code(str_printf(&text, "[Trust]\n%s", body), 0);
        assert_return_code(rule_new("a.conf", &rule), 0);
        assert_return_code(rule_read(rule, "a.conf", text, strlen(text)), 0);
        return rule;
}

static void drop_in(Rule *rule, const char *file, const char *body) {
        _cleanup_free_ char *text = NULL;

        assert_return_code(str_printf(&text, "[Trust]\n%s", body), 0);
        assert_return_code(rule_read(rule, file, text, strlen(text)), 0);
}

/* It is broken for this reason (NULL: it is not). */
static void complete(Rule *rule, const char *broken) {
        assert_return_code(rule_complete(rule), 0);
        if (!streq_ptr(rule->broken, broken))
                fail_msg("'%s' instead of '%s'", rule->broken ? rule->broken : "fine",
                         broken ? broken : "fine");
}

static void says_at(RulePlace place, const char *file, unsigned line) {
        assert_true(streq_ptr(place.file, file));
        if (file)
                assert_int_equal(place.line, line);
}

static void test_defaults(void **state) {
        _cleanup_rule_ Rule *rule = new_rule("Prefix=a.io\nKey=/k/a\nKey=/k/b c\n");

        complete(rule, NULL);
        assert_string_equal(rule->file, "a.conf");
        assert_string_equal(rule->prefix, "a.io");
        assert_int_equal(rule->require, RULE_REQUIRE_SIGNATURE);
        assert_int_equal(rule->signed_name, RULE_SIGNED_NAME_REPOSITORY);
        assert_int_equal(rule->threshold, 1);
        assert_true(rule->enforce);
        assert_int_equal(strv_length(rule->keys), 2);
        assert_string_equal(rule->keys[1], "/k/b c");
        says_at(rule->key_places[0], "a.conf", 3);
        says_at(rule->key_places[1], "a.conf", 4);
        says_at(rule->places[RULE_PREFIX], "a.conf", 2);
        says_at(rule->places[RULE_KEY], "a.conf", 4);
        says_at(rule->places[RULE_REQUIRE], NULL, 0);
}

static void test_settings(void **state) {
        _cleanup_rule_ Rule *rule =
                        new_rule("Prefix=*\nRequire=signature\nKey=/k/a\nKeyDirectory=/d/1\n"
                                 "KeyDirectory=/d/2\nThreshold=2\nSignedName=exact\nEnforce=no\n");

        complete(rule, NULL);
        assert_int_equal(rule->signed_name, RULE_SIGNED_NAME_EXACT);
        assert_int_equal(rule->threshold, 2);
        assert_false(rule->enforce);
        assert_int_equal(strv_length(rule->directories), 2);
        assert_string_equal(rule->directories[1], "/d/2");
        says_at(rule->directory_places[1], "a.conf", 6);
        says_at(rule->places[RULE_ENFORCE], "a.conf", 9);
        assert_string_equal(rule_require_to_string(rule->require), "signature");
        assert_string_equal(rule_signed_name_to_string(rule->signed_name), "exact");
}

static void test_drop_ins(void **state) {
        _cleanup_rule_ Rule *rule = new_rule("Prefix=a.io\nKey=/k/a\nSignedName=any\nThreshold=2\n");

        drop_in(rule, "a.conf.d/1.conf", "Key=/k/b\nThreshold=1\n");
        drop_in(rule, "a.conf.d/2.conf", "\nKey=/k/c\nEnforce=no\n");
        complete(rule, NULL);
        assert_int_equal(strv_length(rule->drop_ins), 2);
        assert_int_equal(strv_length(rule->keys), 3);
        says_at(rule->key_places[0], "a.conf", 3);
        says_at(rule->key_places[1], "a.conf.d/1.conf", 2);
        says_at(rule->key_places[2], "a.conf.d/2.conf", 3);
        assert_int_equal(rule->signed_name, RULE_SIGNED_NAME_ANY);
        assert_int_equal(rule->threshold, 1);
        says_at(rule->places[RULE_THRESHOLD], "a.conf.d/1.conf", 3);
        assert_false(rule->enforce);
}

/* What was said before is taken back. */
static void test_drop_in_resets(void **state) {
        _cleanup_rule_ Rule *rule = new_rule("Prefix=a.io\nKey=/k/a\nKeyDirectory=/d\n");

        drop_in(rule, "1", "Key=\nKey=/k/b\nKeyDirectory=\n");
        complete(rule, NULL);
        assert_int_equal(strv_length(rule->keys), 1);
        assert_string_equal(rule->keys[0], "/k/b");
        says_at(rule->key_places[0], "1", 3);
        assert_int_equal(strv_length(rule->directories), 0);
}

static void test_drop_in_takes_requirement_away(void **state) {
        _cleanup_rule_ Rule *rule = new_rule("Prefix=a.io\nKey=/k/a\n"), *other = NULL;

        drop_in(rule, "1", "Require=digest\nKey=\n");
        complete(rule, NULL);

        other = new_rule("Prefix=a.io\nKey=/k/a\n");
        drop_in(other, "1", "Require=digest\n");
        complete(other, "a.conf:3: Key= says nothing with Require=digest");
        other = rule_free(other);

        other = new_rule("Prefix=a.io\nKey=/k/a\n");
        drop_in(other, "1", "\nKey=\n");
        complete(other, "a.conf:2: no Key= or KeyDirectory=, but a signature is required");
        other = rule_free(other);
}

/* The rule still governs what the file itself says. */
static void test_broken_drop_in(void **state) {
        static const struct {
                const char *body, *broken;
        } cases[] = {
                { "Foo=1\n", "1:2: unknown key: 'Foo'" },
                { "Threshold=1\n[Foo]\n", "1:3: unknown section: 'Foo'" },
                { "nonsense\n", "1:2: neither [Section] nor Key=value" },
                { "Key=/k/a\n", "1:2: the same path twice: '/k/a'" },
                { "Enforce=no\nEnforce=no\n", "1:3: a second Enforce=" },
                { "Prefix=b.io\n", "1:2: a drop-in cannot say Prefix=: it belongs into 'a.conf'" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_rule_ Rule *rule = new_rule("Prefix=a.io\nKey=/k/a\n");

                drop_in(rule, "1", cases[i].body);
                drop_in(rule, "2", "Enforce=no\n"); /* is too late */
                complete(rule, cases[i].broken);
                assert_string_equal(rule->prefix, "a.io");
                assert_true(rule->enforce);
                assert_int_equal(strv_length(rule->drop_ins), 2);
        }
}

static void test_unreadable(void **state) {
        _cleanup_rule_ Rule *rule = new_rule("Prefix=a.io\nKey=/k/a\n"), *other = NULL;

        assert_return_code(rule_read_failed(rule, "1", -EACCES), 0);
        complete(rule, "1:1: cannot be read: Permission denied");
        assert_string_equal(rule->prefix, "a.io");

        assert_return_code(rule_new("b.conf", &other), 0);
        assert_return_code(rule_read_failed(other, "b.conf", -ENOENT), 0);
        drop_in(other, "1", "Key=/k/a\n");
        complete(other, "b.conf:1: cannot be read: No such file or directory");
        assert_null(other->prefix);
        other = rule_free(other);
}

/* Nothing is read out of a file that contradicts itself. */
static void test_salvage(void **state) {
        static const struct {
                const char *body, *prefix;
        } cases[] = {
                { "Prefix=quay.io\nFoo=1\n", "quay.io" },
                { "Foo=1\nPrefix=quay.io\n", "quay.io" },
                { "Prefix=quay.io\nnonsense\n", "quay.io" },
                { "nonsense\nPrefix=quay.io\n", NULL },
                { "Prefix=quay.io\nnonsense\nPrefix=docker.io\n", NULL },
                { "Prefix=quay.io\nnonsense\n Prefix = docker.io\n", NULL },
                { "Foo=1\nPrefix=quay.io\nPrefix=docker.io\n", NULL },
                { "Prefix=quay.io\nPrefix=docker.io\n", NULL },
                { "Foo=1\nPrefix=quay.io\nPrefix=Bad/\n", NULL },
                { "Foo=1\nPrefix=Bad/\n", NULL },
                { "Foo=1\n[Other]\nPrefix=quay.io\n", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_rule_ Rule *rule = new_rule(cases[i].body);

                assert_non_null(rule->broken);
                assert_true(streq_ptr(rule->prefix, cases[i].prefix));
        }
}

/* Fly is to be named; a drop-in says all of it anew. */
static void test_allow_stage1(void **state) {
        _cleanup_rule_ Rule *rule = new_rule("Prefix=a.io\nRequire=nothing\n");
        char text[RULE_STAGE1_TEXT_MAX];

        assert_int_equal(rule->allow_stage1, RULE_STAGE1_ISOLATED);
        rule_stage1_format(rule->allow_stage1, text);
        assert_string_equal(text, "nspawn kvm");
        drop_in(rule, "1", "AllowStage1=fly  nspawn\n");
        drop_in(rule, "2", "AllowStage1=kvm fly\n");
        complete(rule, NULL);
        assert_int_equal(rule->allow_stage1,
                         RULE_STAGE1_BIT(RULE_STAGE1_KVM) | RULE_STAGE1_BIT(RULE_STAGE1_FLY));
        says_at(rule->places[RULE_ALLOW_STAGE1], "2", 2);
        rule_stage1_format(7, text);
        assert_string_equal(text, "nspawn kvm fly");
        rule_stage1_format(0, text);
        assert_string_equal(text, "");
}

static void test_break(void **state) {
        _cleanup_rule_ Rule *rule = new_rule("Prefix=a.io\nKey=/k/a\nEnforce=no\n");

        complete(rule, NULL);
        assert_return_code(rule_break(rule, rule->key_places[0], "no %s", "key"), 0);
        assert_return_code(rule_break(rule, rule->places[RULE_PREFIX], "again"), 0);
        assert_string_equal(rule->broken, "a.conf:3: no key");
        assert_string_equal(rule->broken_why, "no key");
        says_at(rule->broken_place, "a.conf", 3);
        assert_true(rule->enforce);
}

static void test_add_key(void **state) {
        _cleanup_rule_ Rule *rule = new_rule("Prefix=a.io\nKey=/k/a\nKeyDirectory=/k\n");

        assert_return_code(rule_add_key(rule, "/k/a", rule->directory_places[0]), 0);
        assert_return_code(rule_add_key(rule, "/k/b", rule->directory_places[0]), 0);
        assert_int_equal(strv_length(rule->keys), 2);
        says_at(rule->key_places[0], "a.conf", 3);
        says_at(rule->key_places[1], "a.conf", 4);
}

/* Which is for the name, and which is more specific about it. */
static void test_prefix_match(void **state) {
        static const struct {
                const char *prefix, *name;
                ssize_t rank;
        } cases[] = {
                { "*", "quay.io/x", 0 },         { "*", "aci:x", 0 },
                { "aci:*", "aci:x", 1 },         { "aci:*", "quay.io/x", -1 },
                { "aci:*", "oci:/x", -1 },       { "a.io", "a.io", 8 },
                { "a.io", "a.io/x", 8 },         { "a.io", "aci:a.io/x", 8 },
                { "aci:a.io", "aci:a.io/x", 9 }, { "aci:a.io", "a.io/x", -1 },
                { "aci:a.io", "aci:a.iox", -1 }, { "a.io/x", "aci:a.io/x", 12 },
                { "oci:/x", "oci:/x/y", 12 },    { "aci:x", "aci:x/y", 3 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                if (rule_prefix_match(cases[i].prefix, cases[i].name) != cases[i].rank)
                        fail_msg("%s, %s: %zd", cases[i].prefix, cases[i].name,
                                 rule_prefix_match(cases[i].prefix, cases[i].name));
        assert_true(rule_prefix_is_aci("aci:*"));
        assert_false(rule_prefix_is_aci("oci:/x"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_must_pass),
                cmocka_unit_test(test_must_fail),
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_settings),
                cmocka_unit_test(test_drop_ins),
                cmocka_unit_test(test_drop_in_resets),
                cmocka_unit_test(test_drop_in_takes_requirement_away),
                cmocka_unit_test(test_broken_drop_in),
                cmocka_unit_test(test_unreadable),
                cmocka_unit_test(test_salvage),
                cmocka_unit_test(test_allow_stage1),
                cmocka_unit_test(test_break),
                cmocka_unit_test(test_add_key),
                cmocka_unit_test(test_prefix_match),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
