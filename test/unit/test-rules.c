/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of trust/rules.h.
 * Never: believes that a file was refused without asking what it governs then.
 * Follows: STYLE.md, "Tests". */

#include "corpus.h"

#include "basic/strv.h"
#include "trust/rules.h"

static int parse(const void *data, size_t size, char **reterr_why) {
        _cleanup_rule_set_ RuleSet *set = NULL;

        assert_return_code(rule_set_new(&set), 0);
        int r = rule_set_add(set, "FILE", data, size, reterr_why);

        /* Used or not, it is there. */
        const Rule *rule = rule_set_at(set, 0);
        assert_non_null(rule);
        assert_null(rule_set_at(set, 1));
        if (r >= 0) {
                assert_null(rule->broken);
                assert_non_null(rule->prefix);
                assert_ptr_equal(rule_set_match(set, rule->prefix), rule);
                assert_int_equal(strv_length(rule->keys) > 0, rule->require == RULE_REQUIRE_SIGNATURE);
        } else {
                assert_non_null(rule->broken);
                if (reterr_why)
                        assert_string_equal(rule->broken, *reterr_why);
                assert_ptr_equal(rule_set_match(set, rule->prefix ? rule->prefix : "any.example/thing"),
                                 rule);
        }

        return r;
}

static void test_must_pass(void **state) {
        corpus_must_pass("trust-rules", parse);
}

static void test_must_fail(void **state) {
        corpus_must_fail("trust-rules", parse);
}

static const char key[] = "Key=/k/a.pem\n";

static int add(RuleSet *set, const char *file, const char *body, char **reterr_why) {
        _cleanup_free_ char *text = NULL;

        assert_return_code(str_printf(&text, "[Trust]\n%s", body), 0);
        return rule_set_add(set, file, text, strlen(text), reterr_why);
}

static void add_prefix(RuleSet *set, const char *prefix) {
        _cleanup_free_ char *body = NULL;

        assert_return_code(str_printf(&body, "Prefix=%s\n%s", prefix, key), 0);
        assert_return_code(add(set, prefix, body, NULL), 0);
}

static void check_match(const RuleSet *set, const char *name, const char *prefix) {
        const Rule *rule = rule_set_match(set, name);

        if (!prefix)
                assert_null(rule);
        else {
                assert_non_null(rule);
                assert_string_equal(rule->prefix, prefix);
        }
}

static void test_match(void **state) {
        _cleanup_rule_set_ RuleSet *set = NULL;

        assert_return_code(rule_set_new(&set), 0);
        check_match(set, "quay.io/coreos/etcd", NULL);

        add_prefix(set, "quay.io/coreos");
        add_prefix(set, "quay.io");
        add_prefix(set, "quay.io/coreos/etcd");
        add_prefix(set, "example.com/foo");
        add_prefix(set, "oci:/srv/images");
        add_prefix(set, "127.0.0.1:5000");

        check_match(set, "quay.io", "quay.io");
        check_match(set, "quay.io/x", "quay.io");
        check_match(set, "quay.io/coreos", "quay.io/coreos");
        check_match(set, "quay.io/coreos/flannel", "quay.io/coreos");
        check_match(set, "quay.io/coreos/etcd", "quay.io/coreos/etcd");
        check_match(set, "quay.io/coreos/etcd/sub", "quay.io/coreos/etcd");

        /* whole components only */
        check_match(set, "quay.io/coreos/etcd2", "quay.io/coreos");
        check_match(set, "quay.io/coreosx/etcd", "quay.io");
        check_match(set, "quay.iox/coreos", NULL);
        check_match(set, "quay.io:443/coreos", NULL);
        check_match(set, "quay", NULL);
        check_match(set, "example.com/foo", "example.com/foo");
        check_match(set, "example.com/foo/bar", "example.com/foo");
        check_match(set, "example.com/foobar", NULL);
        check_match(set, "example.com/foo-evil", NULL);
        check_match(set, "example.com/foo.bar", NULL);
        check_match(set, "example.com", NULL);
        check_match(set, "127.0.0.1:5000/hello", "127.0.0.1:5000");
        check_match(set, "127.0.0.1:50001/hello", NULL);
        check_match(set, "127.0.0.1/hello", NULL);
        check_match(set, "oci:/srv/images/x", "oci:/srv/images");
        check_match(set, "oci:/srv/images2", NULL);
        check_match(set, "/srv/images/x", NULL);
        check_match(set, "", NULL);

        add_prefix(set, "*");
        check_match(set, "example.com/foobar", "*");
        check_match(set, "example.com/foo", "example.com/foo");
}

static void test_fields(void **state) {
        _cleanup_rule_set_ RuleSet *set = NULL;

        assert_return_code(rule_set_new(&set), 0);
        assert_return_code(add(set, "a", "Prefix=a.io\nKey=/k/a\nKey=/k/b c\nSignedName=any\n", NULL), 0);
        assert_return_code(add(set, "b", "Prefix=b.io\nRequire=digest\n", NULL), 0);
        assert_return_code(add(set, "c", "Prefix=c.io\nRequire=nothing\n", NULL), 0);
        assert_return_code(add(set, "d", "Prefix=d.io\nRequire=signature\nKey=/k/a\n", NULL), 0);

        const Rule *a = rule_set_at(set, 0);
        assert_string_equal(a->file, "a");
        assert_int_equal(a->require, RULE_REQUIRE_SIGNATURE);
        assert_int_equal(a->signed_name, RULE_SIGNED_NAME_ANY);
        assert_int_equal(strv_length(a->keys), 2);
        assert_string_equal(a->keys[1], "/k/b c");
        assert_int_equal(rule_set_at(set, 1)->require, RULE_REQUIRE_DIGEST);
        assert_int_equal(rule_set_at(set, 2)->require, RULE_REQUIRE_NOTHING);
        assert_int_equal(rule_set_at(set, 3)->signed_name, RULE_SIGNED_NAME_REPOSITORY);
        assert_null(rule_set_at(set, 4));
        assert_string_equal(rule_require_to_string(RULE_REQUIRE_NOTHING), "nothing");
}

static void test_same_prefix(void **state) {
        _cleanup_rule_set_ RuleSet *set = NULL;
        _cleanup_free_ char *why = NULL;
        static const char expected[] = "two.conf: Prefix=quay.io/coreos is also in one.conf";

        assert_return_code(rule_set_new(&set), 0);
        assert_return_code(add(set, "one.conf", "Prefix=quay.io/coreos\nKey=/k/a\n", NULL), 0);
        assert_return_code(add(set, "other.conf", "Prefix=quay.io\nKey=/k/a\n", NULL), 0);
        assert_int_equal(add(set, "two.conf", "Prefix=quay.io/coreos\nRequire=nothing\n", &why), -EEXIST);
        assert_string_equal(why, expected);

        /* The image is refused whichever rule is asked, others are not touched. */
        for (size_t i = 0; i < 3; i += 2)
                assert_string_equal(rule_set_at(set, i)->broken, expected);
        assert_string_equal(rule_set_match(set, "quay.io/coreos/etcd")->broken, expected);
        assert_null(rule_set_match(set, "quay.io/x")->broken);

        /* and it stays so, however many more there are */
        assert_int_equal(add(set, "three.conf", "Prefix=quay.io/coreos\nRequire=nothing\n", NULL), -EEXIST);
        assert_non_null(rule_set_match(set, "quay.io/coreos/etcd")->broken);
}

/* A file that cannot be used governs what it would have governed. */
static void test_broken_governs(void **state) {
        _cleanup_rule_set_ RuleSet *set = NULL;
        _cleanup_free_ char *why = NULL;

        assert_return_code(rule_set_new(&set), 0);
        assert_return_code(add(set, "all.conf", "Prefix=*\nRequire=nothing\n", NULL), 0);
        assert_return_code(add(set, "good.conf", "Prefix=quay.io/coreos/etcd\nKey=/k/a\n", NULL), 0);
        assert_int_equal(add(set, "bad.conf", "Foo=1\nPrefix=quay.io/coreos\nKey=/k/a\n", &why), -EBADMSG);
        assert_string_equal(why, "bad.conf: line 2: unknown key: 'Foo'");

        assert_string_equal(rule_set_match(set, "quay.io/coreos/flannel")->broken, why);
        assert_null(rule_set_match(set, "quay.io/coreos/etcd")->broken);
        assert_null(rule_set_match(set, "quay.io")->broken);

        /* broken beside good of the same prefix, in either order */
        assert_int_equal(add(set, "bad-2.conf", "Prefix=quay.io/coreos/etcd\nFoo=1\n", NULL), -EBADMSG);
        assert_string_equal(rule_set_match(set, "quay.io/coreos/etcd")->broken,
                            "bad-2.conf: line 3: unknown key: 'Foo'");
        assert_int_equal(add(set, "late.conf", "Prefix=quay.io/coreos\nRequire=nothing\n", NULL), -EEXIST);
        assert_string_equal(rule_set_match(set, "quay.io/coreos/flannel")->broken, why);

        /* a prefix nobody could read: everything is refused */
        assert_int_equal(add(set, "worse.conf", "Prefix=quay.io/\n", NULL), -EBADMSG);
        assert_string_equal(rule_set_match(set, "example.com/x")->broken,
                            "worse.conf: line 2: a prefix does not end with '/': 'quay.io/'");
        assert_string_equal(rule_set_match(set, "quay.io/coreos/etcd")->file, "worse.conf");
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
                { "Foo=1\nPrefix=quay.io\nPrefix=docker.io\n", NULL },
                { "Foo=1\nPrefix=quay.io\nPrefix=Bad/\n", NULL },
                { "Foo=1\nPrefix=Bad/\n", NULL },
                { "Foo=1\n[Other]\nPrefix=quay.io\n", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_rule_set_ RuleSet *set = NULL;

                assert_return_code(rule_set_new(&set), 0);
                assert_int_equal(add(set, "f", cases[i].body, NULL), -EBADMSG);
                assert_true(streq_ptr(rule_set_at(set, 0)->prefix, cases[i].prefix));
        }
}

static void test_add_broken(void **state) {
        _cleanup_rule_set_ RuleSet *set = NULL;

        assert_return_code(rule_set_new(&set), 0);
        assert_return_code(add(set, "a", "Prefix=quay.io\nKey=/k/a\n", NULL), 0);

        const Rule *rule = rule_set_at(set, 0);
        assert_return_code(rule_set_add_broken(set, rule->file, rule->prefix, "a: no key"), 0);
        assert_ptr_equal(rule_set_match(set, "quay.io/x"), rule);
        assert_string_equal(rule->broken, "a: no key");
        assert_null(rule_set_at(set, 1));

        assert_return_code(rule_set_add_broken(set, "b", "docker.io", "b: no key"), 0);
        assert_string_equal(rule_set_match(set, "docker.io/x")->broken, "b: no key");
        assert_null(rule_set_match(set, "example.com/x"));

        assert_return_code(rule_set_add_broken(set, "c", NULL, "c: unreadable"), 0);
        assert_string_equal(rule_set_match(set, "docker.io/x")->broken, "c: unreadable");
        assert_string_equal(rule_set_match(set, "example.com/x")->broken, "c: unreadable");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_must_pass),   cmocka_unit_test(test_must_fail),
                cmocka_unit_test(test_match),       cmocka_unit_test(test_fields),
                cmocka_unit_test(test_same_prefix), cmocka_unit_test(test_broken_governs),
                cmocka_unit_test(test_salvage),     cmocka_unit_test(test_add_broken),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
