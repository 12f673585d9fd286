/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of trust/rules.h: which rule governs.
 * Never: cares what a rule may say, which is test-rule's affair.
 * Follows: STYLE.md, "Tests". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "trust/rules.h"

/* `body` may have any number of lines. */
static const Rule *add(RuleSet *set, const char *file, const char *body) {
        _cleanup_free_ char *text = NULL;
        Rule *rule = NULL;

        assert_return_code(str_printf(&text, "[Trust]\n%s\n", body), 0);
        assert_return_code(rule_parse(file, text, strlen(text), &rule), 0);
        assert_return_code(rule_set_add(set, rule), 0);
        return rule;
}

static void add_prefix(RuleSet *set, const char *prefix) {
        _cleanup_free_ char *body = NULL;

        assert_return_code(str_printf(&body, "Prefix=%s\nKey=/k/a.pem", prefix), 0);
        assert_null(add(set, prefix, body)->broken);
}

static void check_match(const RuleSet *set, const char *name, const char *prefix) {
        const Rule *rule = rule_set_match(set, name);

        if (!streq_ptr(rule ? rule->prefix : NULL, prefix))
                fail_msg("%s is governed by %s", name, rule ? rule->prefix : "nothing");
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
        check_match(set, "aci:example.com/foobar", "*");
        check_match(set, "example.com/foo", "example.com/foo");
}

static void test_match_aci(void **state) {
        _cleanup_rule_set_ RuleSet *set = NULL;

        assert_return_code(rule_set_new(&set), 0);
        add_prefix(set, "example.com");
        check_match(set, "aci:example.com/hello", "example.com");
        check_match(set, "example.com/hello", "example.com");

        /* of two of one length the one for appc images, in either order */
        add_prefix(set, "aci:example.com");
        check_match(set, "aci:example.com/hello", "aci:example.com");
        check_match(set, "example.com/hello", "example.com");
        add_prefix(set, "aci:example.org");
        add_prefix(set, "example.org");
        check_match(set, "aci:example.org", "aci:example.org");
        check_match(set, "example.org", "example.org");

        /* but a longer one goes before it */
        add_prefix(set, "example.com/hello");
        check_match(set, "aci:example.com/hello/world", "example.com/hello");
        check_match(set, "aci:example.com/other", "aci:example.com");

        add_prefix(set, "aci:*");
        check_match(set, "aci:busybox", "aci:*");
        check_match(set, "docker.io/library/busybox", NULL);
        check_match(set, "oci:/srv/x", NULL);
        add_prefix(set, "*");
        check_match(set, "aci:busybox", "aci:*");
        check_match(set, "docker.io/library/busybox", "*");
        add_prefix(set, "aci:busybox");
        check_match(set, "aci:busybox/x", "aci:busybox");
        check_match(set, "aci:busyboxes", "aci:*");
}

/* reference/verify.md, section 6: what policy.json does with the same, and we, too. R is a registry, K and J
 * are keys. Whether a signature is good, test-judge asks. */
static void test_worked_examples(void **state) {
        static const char r[] = "127.0.0.1:5077";
        static const struct {
                const char *rules[3]; /* after "Prefix=R"; in front of '|' is what follows R */
                const char *name;     /* after R */
                const char *verdict;  /* the prefix after R and what it requires; NULL: no rule */
        } cases[] = {
                { {}, "/ns/app", NULL },
                { { "/ns/app|Key=/k/K" }, "/ns/app", "/ns/app signature 1" },
                { { "/ns/app|Key=/k/K" }, "/ns/application", NULL },
                { { "|Key=/k/K", "/ns|Require=nothing", "/ns/app|Require=digest" },
                  "/ns/app",
                  "/ns/app digest 0" },
                { { "|Key=/k/K", "/ns|Require=nothing", "/ns/app|Require=digest" },
                  "/ns/other",
                  "/ns nothing 0" },
                { { "|Key=/k/K" }, "/ns/app", " signature 1" },
                { { "/ns|Key=/k/K\nKey=/k/J" }, "/ns/app", "/ns signature 2" },
                { { "1|Key=/k/K" }, "/ns/app", NULL }, /* another port */
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *name = NULL, *verdict = NULL;
                _cleanup_rule_set_ RuleSet *set = NULL;

                assert_return_code(rule_set_new(&set), 0);
                for (size_t k = 0; k < 3 && cases[i].rules[k]; k++) {
                        const char *text = cases[i].rules[k], *body = strchr(text, '|') + 1;
                        _cleanup_free_ char *rule = NULL;

                        assert_return_code(str_printf(&rule, "Prefix=%s%.*s\n%s", r, (int) (body - 1 - text),
                                                      text, body),
                                           0);
                        assert_null(add(set, text, rule)->broken);
                }

                assert_return_code(str_printf(&name, "%s%s", r, cases[i].name), 0);
                const Rule *rule = rule_set_match(set, name);
                if (rule)
                        assert_return_code(str_printf(&verdict, "%s %s %zu", rule->prefix + strlen(r),
                                                      rule_require_to_string(rule->require),
                                                      strv_length(rule->keys)),
                                           0);
                if (!streq_ptr(verdict, cases[i].verdict))
                        fail_msg("case %zu: '%s'", i, verdict ? verdict : "no rule");
        }
}

static void test_same_prefix(void **state) {
        _cleanup_rule_set_ RuleSet *set = NULL;

        assert_return_code(rule_set_new(&set), 0);
        const Rule *one = add(set, "one.conf", "Prefix=quay.io/coreos\nKey=/k/a");
        const Rule *other = add(set, "other.conf", "Prefix=quay.io\nKey=/k/a");
        assert_null(one->broken);
        const Rule *two = add(set, "two.conf", "Require=nothing\nPrefix=quay.io/coreos");

        /* Each names the other, the image is refused, others are not touched. */
        assert_string_equal(one->broken, "one.conf:2: Prefix=quay.io/coreos is also in two.conf:3");
        assert_string_equal(two->broken, "two.conf:3: Prefix=quay.io/coreos is also in one.conf:2");
        assert_non_null(rule_set_match(set, "quay.io/coreos/etcd")->broken);
        assert_null(other->broken);
        assert_ptr_equal(rule_set_match(set, "quay.io/x"), other);

        /* and it stays so, however many more there are */
        assert_non_null(add(set, "three.conf", "Prefix=quay.io/coreos\nRequire=nothing")->broken);
        assert_non_null(rule_set_match(set, "quay.io/coreos/etcd")->broken);

        /* for appc images alone is something else */
        assert_null(add(set, "four.conf", "Prefix=aci:quay.io\nRequire=nothing")->broken);
        assert_null(other->broken);
}

/* A file that cannot be used governs what it would have governed. */
static void test_broken_governs(void **state) {
        _cleanup_rule_set_ RuleSet *set = NULL;

        assert_return_code(rule_set_new(&set), 0);
        add(set, "all.conf", "Prefix=*\nRequire=nothing");
        const Rule *good = add(set, "good.conf", "Prefix=quay.io/coreos/etcd\nKey=/k/a");
        const Rule *bad = add(set, "bad.conf", "Foo=1\nPrefix=quay.io/coreos\nKey=/k/a");
        assert_string_equal(bad->broken, "bad.conf:2: unknown key: 'Foo'");

        assert_ptr_equal(rule_set_match(set, "quay.io/coreos/flannel"), bad);
        assert_null(rule_set_match(set, "quay.io/coreos/etcd")->broken);
        assert_null(rule_set_match(set, "quay.io")->broken);

        /* broken beside good of the same prefix, in either order */
        const Rule *worse = add(set, "bad-2.conf", "Prefix=quay.io/coreos/etcd\nFoo=1");
        assert_string_equal(worse->broken, "bad-2.conf:3: unknown key: 'Foo'");
        assert_string_equal(good->broken, "good.conf:2: Prefix=quay.io/coreos/etcd is also in bad-2.conf:2");
        const Rule *late = add(set, "late.conf", "Prefix=quay.io/coreos\nRequire=nothing");
        assert_string_equal(late->broken, "late.conf:2: Prefix=quay.io/coreos is also in bad.conf:3");
        assert_non_null(rule_set_match(set, "quay.io/coreos/flannel")->broken);

        /* a prefix nobody could read: everything is refused */
        const Rule *worst = add(set, "worst.conf", "Prefix=quay.io/");
        assert_string_equal(worst->broken, "worst.conf:2: a prefix does not end with '/': 'quay.io/'");
        assert_ptr_equal(rule_set_match(set, "example.com/x"), worst);
        assert_ptr_equal(rule_set_match(set, "quay.io/coreos/etcd"), worst);
        assert_ptr_equal(rule_set_match(set, "aci:x"), worst);
        assert_ptr_equal(rule_set_at(set, 5), worst);
        assert_null(rule_set_at(set, 6));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_match),           cmocka_unit_test(test_match_aci),
                cmocka_unit_test(test_worked_examples), cmocka_unit_test(test_same_prefix),
                cmocka_unit_test(test_broken_governs),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
