/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of policy/.
 * Never: looks at the machine's own rules; what a rule may say is test-rules' affair.
 * Follows: policy/policy.h. */

#include "scratch.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/digest.h"
#include "image/hasher.h"
#include "policy/policy.h"

#define RULES "etc/gantry/trust.d/"
#define VENDOR_RULES "usr/lib/gantry/trust.d/"

static const char key_a[] = "-----BEGIN PUBLIC KEY-----\n"
                            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOJbP3GU9GylHDoCcxtC/NbbtGRgI\n"
                            "9e3n5i9zRLlUrvgaGW+tTG0aoq19pySbgfbPWhqL9pUeyeUkCvN+7cZNvg==\n"
                            "-----END PUBLIC KEY-----\n";
static const char key_b[] = "-----BEGIN PUBLIC KEY-----\n"
                            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEscGBfDuXB7y0MmYPkzUBLxhBhzge\n"
                            "hwg6iNrMkypUojq3tSaUSoSGakeg3SQNhUpz2seGUPchAwBk45TiTRQgTw==\n"
                            "-----END PUBLIC KEY-----\n";

/* What policy_load() complained of. */
static char **complaints;

static void complain(const char *why) {
        assert_int_equal(strv_add(&complaints, why), 0);
}

static int setup(void **state) {
        if (scratch_setup(state) < 0 || crypto_init() < 0 || mkdir_parents(scratch_path(RULES), 0755) < 0 ||
            mkdir_parents(scratch_path(VENDOR_RULES), 0755) < 0)
                return -1;

        scratch_write("a.pem", key_a);
        scratch_write("b.pem", key_b);
        return setenv("GANTRY_CONFIG_ROOT", scratch.path, 1);
}

static int teardown(void **state) {
        complaints = strv_free(complaints);
        return scratch_teardown(state);
}

/* A rule that requires signatures by the keys of these files (NULL: no more). */
static void write_rule(const char *file, const char *prefix, const char *key, const char *other_key) {
        char text[1024];

        int n = snprintf(text, sizeof(text), "[Trust]\nPrefix=%s\nKey=%s\n", prefix, scratch_path(key));
        if (other_key)
                (void) snprintf(text + n, sizeof(text) - n, "Key=%s\n", scratch_path(other_key));
        scratch_write(file, text);
}

static size_t count_rules(const Policy *p) {
        size_t n = 0;

        while (rule_set_at(p->rules, n))
                n++;

        return n;
}

/* One complaint, which names the file and what it is about. */
static void assert_complaint(const char *file, const char *text) {
        assert_int_equal(strv_length(complaints), 1);
        if (!strstr(complaints[0], scratch_path(file)) || !strstr(complaints[0], text))
                fail_msg("'%s' says neither '%s' nor '%s'", complaints[0], file, text);
}

/* Everything below `name` is refused, and the reason names the file. */
static void assert_broken(const Policy *p, const char *name, const char *file) {
        const Rule *rule = rule_set_match(p->rules, name);

        assert_non_null(rule);
        assert_non_null(rule->broken);
        assert_non_null(strstr(rule->broken, scratch_path(file)));
}

static void assert_whole(const Policy *p, const char *name, const char *prefix) {
        const Rule *rule = rule_set_match(p->rules, name);

        assert_non_null(rule);
        assert_null(rule->broken);
        assert_string_equal(rule->prefix, prefix);
}

static void test_no_rules(void **state) {
        _cleanup_policy_ Policy p = {};

        assert_int_equal(policy_load(complain, &p), 0);
        assert_non_null(p.rules);
        assert_int_equal(count_rules(&p), 0);
        assert_int_equal(p.n_keys, 0);
        assert_null(complaints);

        policy_done(&p);
        policy_done(&p);
        assert_null(p.rules);
}

static void test_rules_and_keys(void **state) {
        _cleanup_policy_ Policy p = {};

        write_rule(RULES "10-a.conf", "example.com/a", "a.pem", NULL);
        write_rule(RULES "20-both.conf", "example.com/both", "a.pem", "b.pem");
        scratch_write(VENDOR_RULES "30-digest.conf", "[Trust]\nPrefix=example.com/pinned\nRequire=digest\n");
        assert_int_equal(policy_load(complain, &p), 0);
        assert_null(complaints);
        assert_int_equal(count_rules(&p), 3);
        assert_whole(&p, "example.com/a/b", "example.com/a");
        assert_whole(&p, "example.com/both", "example.com/both");
        assert_whole(&p, "example.com/pinned", "example.com/pinned");
        assert_null(rule_set_match(p.rules, "example.com"));
        assert_string_equal(rule_set_at(p.rules, 0)->file, scratch_path(RULES "10-a.conf"));

        /* Each key file once, as it is. */
        assert_int_equal(p.n_keys, 2);
        assert_string_equal(p.keys[0].path, scratch_path("a.pem"));
        assert_int_equal(p.keys[0].data.size, strlen(key_a));
        assert_memory_equal(p.keys[0].data.data, key_a, strlen(key_a));
        assert_string_equal(p.keys[1].path, scratch_path("b.pem"));
}

static void test_precedence(void **state) {
        _cleanup_policy_ Policy p = {};

        write_rule(VENDOR_RULES "a.conf", "example.com/vendor", "a.pem", NULL);
        write_rule(RULES "a.conf", "example.com/admin", "a.pem", NULL);
        write_rule(VENDOR_RULES "masked.conf", "example.com/masked", "a.pem", NULL);
        scratch_write(RULES "masked.conf", "");
        assert_int_equal(policy_load(complain, &p), 0);
        assert_int_equal(count_rules(&p), 1);
        assert_whole(&p, "example.com/admin", "example.com/admin");
}

static void test_broken_file(void **state) {
        _cleanup_policy_ Policy p = {};

        write_rule(RULES "10-good.conf", "example.com/good", "a.pem", NULL);
        scratch_write(RULES "20-bad.conf", "[Trust]\nPrefix=example.com/bad\nRequire=nothing\nColour=red\n");
        assert_int_equal(policy_load(complain, &p), 0);
        assert_complaint(RULES "20-bad.conf", ":4: ");
        assert_broken(&p, "example.com/bad/image", RULES "20-bad.conf");
        assert_whole(&p, "example.com/good", "example.com/good");
}

/* Nobody knows what it would have governed: so everything. */
static void test_broken_without_prefix(void **state) {
        _cleanup_policy_ Policy p = {};

        write_rule(RULES "10-good.conf", "example.com/good", "a.pem", NULL);
        scratch_write(RULES "20-bad.conf", "[Trust\nPrefix=example.com/bad\n");
        assert_int_equal(policy_load(complain, &p), 0);
        assert_complaint(RULES "20-bad.conf", ":1: ");
        assert_broken(&p, "example.com/good", RULES "20-bad.conf");
        assert_broken(&p, "elsewhere.org/x", RULES "20-bad.conf");
}

static void unreadable(const char *text) {
        _cleanup_policy_ Policy p = {};

        write_rule(RULES "10-good.conf", "example.com/good", "a.pem", NULL);
        assert_int_equal(policy_load(complain, &p), 0);
        assert_complaint(RULES "20-bad.conf", text);
        assert_broken(&p, "example.com/good", RULES "20-bad.conf");
        assert_broken(&p, "elsewhere.org/x", RULES "20-bad.conf");
}

static void test_dangling_link(void **state) {
        assert_return_code(symlinkat("nowhere", scratch.fd, RULES "20-bad.conf"), errno);
        unreadable("No such file");
}

static void test_directory(void **state) {
        scratch_mkdir(RULES "20-bad.conf");
        unreadable("directory");
}

static void test_fifo(void **state) {
        assert_return_code(mkfifoat(scratch.fd, RULES "20-bad.conf", 0600), errno);
        unreadable("Invalid argument");
}

static void test_too_large(void **state) {
        enum { SIZE = 64 * 1024 + 1 };
        _cleanup_free_ char *text = malloc(SIZE);

        assert_non_null(text);
        memset(text, '\n', SIZE);
        scratch_write_bytes(RULES "20-bad.conf", text, SIZE);
        unreadable("large");
}

static void test_same_prefix_twice(void **state) {
        _cleanup_policy_ Policy p = {};

        write_rule(RULES "10-one.conf", "example.com/a", "a.pem", NULL);
        write_rule(RULES "20-two.conf", "example.com/a", "b.pem", NULL);
        assert_int_equal(policy_load(complain, &p), 0);
        assert_complaint(RULES "20-two.conf", RULES "10-one.conf");
        assert_broken(&p, "example.com/a", RULES "20-two.conf");
}

/* A rule whose keys cannot all be read might mean more than is known: it admits nothing. */
static void test_missing_key(void **state) {
        _cleanup_policy_ Policy p = {};

        write_rule(RULES "10-good.conf", "example.com/good", "a.pem", NULL);
        write_rule(RULES "20-bad.conf", "example.com/bad", "a.pem", "missing.pem");
        assert_int_equal(policy_load(complain, &p), 0);
        assert_complaint(RULES "20-bad.conf", "missing.pem");
        assert_broken(&p, "example.com/bad", RULES "20-bad.conf");
        assert_whole(&p, "example.com/good", "example.com/good");
        assert_int_equal(p.n_keys, 1);
}

static void test_key_is_no_file(void **state) {
        _cleanup_policy_ Policy p = {};

        scratch_mkdir("directory.pem");
        write_rule(RULES "bad.conf", "example.com/bad", "directory.pem", NULL);
        assert_int_equal(policy_load(complain, &p), 0);
        assert_complaint(RULES "bad.conf", "directory.pem");
        assert_broken(&p, "example.com/bad", RULES "bad.conf");
}

static void test_key_too_large(void **state) {
        _cleanup_policy_ Policy p = {};

        scratch_write("large.pem", "");
        assert_return_code(truncate(scratch_path("large.pem"), TRUST_KEY_SIZE_MAX + 1), errno);
        write_rule(RULES "bad.conf", "example.com/bad", "large.pem", NULL);
        assert_int_equal(policy_load(complain, &p), 0);
        assert_complaint(RULES "bad.conf", "large.pem");
        assert_broken(&p, "example.com/bad", RULES "bad.conf");
}

static void test_nobody_listens(void **state) {
        _cleanup_policy_ Policy p = {};

        scratch_write(RULES "10-bad.conf", "nonsense");
        scratch_mkdir(RULES "20-bad.conf");
        write_rule(RULES "30-bad.conf", "example.com/bad", "missing.pem", NULL);
        assert_int_equal(policy_load(NULL, &p), 0);
        assert_broken(&p, "anything", RULES "10-bad.conf");
}

static void test_unreadable_directory(void **state) {
        Policy p = {};

        assert_return_code(unlinkat(scratch.fd, RULES, AT_REMOVEDIR), errno);
        scratch_write("etc/gantry/trust.d", "");
        assert_int_equal(policy_load(complain, &p), -ENOTDIR);
        assert_null(p.rules);
}

static void test_parse_keys(void **state) {
        _cleanup_policy_ Policy p = {};
        _cleanup_free_ char *why = NULL;
        TrustKey **keys = NULL, **all = NULL;
        size_t n = 0, n_all = 0;

        write_rule(RULES "10-a.conf", "example.com/a", "a.pem", NULL);
        write_rule(RULES "20-b.conf", "example.com/b", "b.pem", NULL);
        assert_int_equal(policy_load(complain, &p), 0);

        assert_int_equal(policy_parse_keys(&p, rule_set_match(p.rules, "example.com/b"), &keys, &n, &why),
                         0);
        assert_null(why);
        assert_int_equal(n, 1);
        assert_int_equal(trust_key_kind(keys[0]), TRUST_KEY_PEM);

        assert_int_equal(policy_parse_keys(&p, NULL, &all, &n_all, &why), 0);
        assert_int_equal(n_all, 2);
        assert_string_equal(trust_key_fingerprint(all[1]), trust_key_fingerprint(keys[0]));
        assert_string_not_equal(trust_key_fingerprint(all[0]), trust_key_fingerprint(keys[0]));
        policy_keys_free(keys, n);
        policy_keys_free(all, n_all);
        policy_keys_free(NULL, 0);
}

static void test_parse_bad_key(void **state) {
        _cleanup_policy_ Policy p = {};
        _cleanup_free_ char *why = NULL;
        TrustKey **keys = NULL;
        size_t n = 99;

        scratch_write("bad.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        write_rule(RULES "10-both.conf", "example.com/both", "a.pem", "bad.pem");
        write_rule(RULES "20-b.conf", "example.com/b", "b.pem", NULL);
        assert_int_equal(policy_load(complain, &p), 0);
        assert_null(complaints); /* keys are parsed later, by somebody with fewer rights */
        assert_int_equal(p.n_keys, 3);

        assert_int_equal(policy_parse_keys(&p, rule_set_match(p.rules, "example.com/both"), &keys, &n, &why),
                         -EBADMSG);
        assert_non_null(strstr(why, scratch_path("bad.pem")));
        assert_null(keys);
        assert_int_equal(n, 99);

        assert_int_equal(policy_parse_keys(&p, NULL, &keys, &n, NULL), 0); /* the others are good still */
        assert_int_equal(n, 2);
        policy_keys_free(keys, n);
}

static void test_parse_no_keys(void **state) {
        _cleanup_policy_ Policy p = {};
        TrustKey **keys = NULL;
        size_t n = 99;

        scratch_write(RULES "a.conf", "[Trust]\nPrefix=*\nRequire=nothing\n");
        assert_int_equal(policy_load(complain, &p), 0);
        assert_int_equal(policy_parse_keys(&p, rule_set_match(p.rules, "any/thing"), &keys, &n, NULL), 0);
        assert_int_equal(n, 0);
        policy_keys_free(keys, n);
        assert_int_equal(policy_parse_keys(&p, NULL, &keys, &n, NULL), 0);
        assert_int_equal(n, 0);
        policy_keys_free(keys, n);
}

static void assert_reason(const Policy *p, const char *name, const char *file, const char *why) {
        const Rule *rule = rule_set_match(p->rules, name);
        _cleanup_free_ char *wanted = NULL;

        assert_int_equal(str_printf(&wanted, "%s:%s", scratch_path(file), why), 0);
        assert_non_null(rule);
        if (!rule->broken || !startswith(rule->broken, wanted))
                fail_msg("'%s' instead of '%s'", rule->broken ? rule->broken : "fine", wanted);
}

static void test_places(void **state) {
        _cleanup_policy_ Policy p = {};

        write_rule(RULES "missing.conf", "example.com/missing", "a.pem", "missing.pem");
        scratch_mkdir(RULES "directory.conf");
        assert_int_equal(policy_load(NULL, &p), 0);
        assert_reason(&p, "anything", RULES "directory.conf", "1: cannot be read: Is a directory");
        assert_string_equal(rule_set_at(p.rules, 1)->broken_why + strlen("cannot read key file '") +
                                            strlen(scratch_path("missing.pem")),
                            "': No such file or directory");
        assert_int_equal(rule_set_at(p.rules, 1)->broken_place.line, 4);
}

static void make_drop_ins(void) {
        assert_int_equal(mkdir_parents(scratch_path(RULES "a.conf.d"), 0755), 0);
        assert_int_equal(mkdir_parents(scratch_path(VENDOR_RULES "a.conf.d"), 0755), 0);
}

static void test_drop_ins(void **state) {
        _cleanup_policy_ Policy p = {};
        TrustKey **keys = NULL;
        char text[1024];
        size_t n = 0;

        make_drop_ins();
        write_rule(VENDOR_RULES "a.conf", "example.com/a", "a.pem", NULL);
        (void) snprintf(text, sizeof(text), "[Trust]\nKey=%s\nThreshold=2\n", scratch_path("b.pem"));
        scratch_write(RULES "a.conf.d/20-b.conf", text);
        scratch_write(VENDOR_RULES "a.conf.d/10-x.conf", "[Trust]\nThreshold=1\nSignedName=any\n");
        scratch_write(VENDOR_RULES "a.conf.d/30-masked.conf", "nonsense");
        scratch_write(RULES "a.conf.d/30-masked.conf", "");
        assert_int_equal(policy_load(complain, &p), 0);
        assert_null(complaints);
        assert_whole(&p, "example.com/a", "example.com/a");

        const Rule *rule = rule_set_at(p.rules, 0);
        assert_int_equal(strv_length(rule->drop_ins), 2);
        assert_string_equal(rule->drop_ins[0], scratch_path(VENDOR_RULES "a.conf.d/10-x.conf"));
        assert_int_equal(rule->threshold, 2);
        assert_int_equal(rule->signed_name, RULE_SIGNED_NAME_ANY);
        assert_int_equal(policy_parse_keys(&p, rule, &keys, &n, NULL), 0);
        assert_int_equal(n, 2);
        policy_keys_free(keys, n);
}

/* It breaks the rule it is for, and no other. */
static void test_broken_drop_in(void **state) {
        _cleanup_policy_ Policy p = {}, again = {};

        make_drop_ins();
        write_rule(RULES "a.conf", "example.com/a", "a.pem", NULL);
        write_rule(RULES "b.conf", "example.com/b", "b.pem", NULL);
        scratch_write(RULES "a.conf.d/1.conf", "[Trust]\n\nColour=red\n");
        assert_int_equal(policy_load(complain, &p), 0);
        assert_complaint(RULES "a.conf.d/1.conf", ":3: unknown key: 'Colour'");
        assert_reason(&p, "example.com/a", RULES "a.conf.d/1.conf", "3: unknown key: 'Colour'");
        assert_whole(&p, "example.com/b", "example.com/b");

        assert_return_code(unlinkat(scratch.fd, RULES "a.conf.d/1.conf", 0), errno);
        assert_return_code(symlinkat("nowhere", scratch.fd, RULES "a.conf.d/1.conf"), errno);
        assert_int_equal(policy_load(NULL, &again), 0);
        assert_reason(&again, "example.com/a", RULES "a.conf.d/1.conf", "1: cannot be read");
        assert_whole(&again, "example.com/b", "example.com/b");
}

static void test_drop_ins_are_no_directory(void **state) {
        _cleanup_policy_ Policy p = {};

        write_rule(RULES "a.conf", "example.com/a", "a.pem", NULL);
        write_rule(RULES "b.conf", "example.com/b", "b.pem", NULL);
        scratch_write(RULES "a.conf.d", "x");
        assert_int_equal(policy_load(complain, &p), 0);
        assert_reason(&p, "example.com/a", RULES "a.conf",
                      "1: cannot look for its drop-ins: Not a directory");
        assert_whole(&p, "example.com/b", "example.com/b");
}

/* Drop-ins without their rule are no rule. */
static void test_orphan_drop_in(void **state) {
        _cleanup_policy_ Policy p = {};

        make_drop_ins();
        scratch_write(RULES "a.conf.d/1.conf", "nonsense");
        assert_int_equal(policy_load(complain, &p), 0);
        assert_null(complaints);
        assert_int_equal(count_rules(&p), 0);
}

/* Key= and KeyDirectory= of what is said. */
static void write_directory_rule(const char *more) {
        char text[1024];

        (void) snprintf(text, sizeof(text), "[Trust]\nPrefix=example.com/a\nKeyDirectory=%s\n%s",
                        scratch_path("keys"), more);
        scratch_write(RULES "a.conf", text);
}

static void test_key_directory(void **state) {
        _cleanup_policy_ Policy p = {};
        TrustKey **keys = NULL;
        size_t n = 0;

        scratch_mkdir("keys");
        scratch_write("keys/2.pub", key_b);
        assert_return_code(symlinkat("../a.pem", scratch.fd, "keys/1.pem"), errno);
        scratch_write("keys/.hidden.pem", "x");
        scratch_write("keys/README", "x");
        scratch_write("keys/3.pem~", "x");
        write_directory_rule("Threshold=2\n");
        assert_int_equal(policy_load(complain, &p), 0);
        assert_null(complaints);
        assert_whole(&p, "example.com/a", "example.com/a");

        const Rule *rule = rule_set_at(p.rules, 0);
        assert_int_equal(strv_length(rule->keys), 2);
        assert_string_equal(rule->keys[0], scratch_path("keys/1.pem"));
        assert_string_equal(rule->keys[1], scratch_path("keys/2.pub"));
        assert_int_equal(rule->key_places[1].line, 3);
        assert_int_equal(policy_parse_keys(&p, rule, &keys, &n, NULL), 0);
        assert_int_equal(n, 2);
        policy_keys_free(keys, n);
}

static void bad_directory(const char *reason) {
        _cleanup_policy_ Policy p = {};

        write_directory_rule("");
        write_rule(RULES "b.conf", "example.com/b", "b.pem", NULL);
        assert_int_equal(policy_load(NULL, &p), 0);
        assert_reason(&p, "example.com/a", RULES "a.conf", reason);
        assert_whole(&p, "example.com/b", "example.com/b");
}

static void test_bad_key_directory(void **state) {
        bad_directory("3: cannot read key directory '");
        scratch_write("keys", "a file");
        bad_directory("3: cannot read key directory '");
        assert_return_code(unlinkat(scratch.fd, "keys", 0), errno);

        scratch_mkdir("keys");
        bad_directory("3: key directory '");
        scratch_write("keys/README", "x");
        bad_directory("3: key directory '");

        scratch_write("keys/a.pem", key_a);
        assert_return_code(symlinkat("nowhere", scratch.fd, "keys/b.pem"), errno);
        bad_directory("3: cannot read key file '");
        assert_return_code(unlinkat(scratch.fd, "keys/b.pem", 0), errno);
        scratch_mkdir("keys/b.pem");
        bad_directory("3: cannot read key file '");
}

static void test_threshold(void **state) {
        _cleanup_policy_ Policy p = {};

        scratch_mkdir("keys");
        scratch_write("keys/1.pem", key_a);
        write_directory_rule("Threshold=2\n");
        assert_int_equal(policy_load(NULL, &p), 0);
        assert_reason(&p, "example.com/a", RULES "a.conf", "4: Threshold=2 can never be reached with 1 key");
}

/* Two files, one key: only who parses them sees that. */
static void test_threshold_of_different_keys(void **state) {
        _cleanup_free_ char *why = NULL, *wanted = NULL;
        _cleanup_policy_ Policy p = {};
        TrustKey **keys = NULL;
        size_t n = 0;

        scratch_mkdir("keys");
        scratch_write("keys/1.pem", key_a);
        scratch_write("keys/2.pem", key_a);
        write_directory_rule("Threshold=2\n");
        assert_int_equal(policy_load(complain, &p), 0);
        assert_null(complaints);
        assert_int_equal(policy_parse_keys(&p, rule_set_at(p.rules, 0), &keys, &n, &why), -EBADMSG);
        assert_int_equal(str_printf(&wanted,
                                    "%s:4: Threshold=2 can never be reached: only 1 of the keys differ",
                                    scratch_path(RULES "a.conf")),
                         0);
        assert_string_equal(why, wanted);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_no_rules),
                TEST(test_rules_and_keys),
                TEST(test_precedence),
                TEST(test_broken_file),
                TEST(test_broken_without_prefix),
                TEST(test_dangling_link),
                TEST(test_directory),
                TEST(test_fifo),
                TEST(test_too_large),
                TEST(test_same_prefix_twice),
                TEST(test_missing_key),
                TEST(test_key_is_no_file),
                TEST(test_key_too_large),
                TEST(test_nobody_listens),
                TEST(test_unreadable_directory),
                TEST(test_parse_keys),
                TEST(test_parse_bad_key),
                TEST(test_parse_no_keys),
                TEST(test_places),
                TEST(test_drop_ins),
                TEST(test_broken_drop_in),
                TEST(test_drop_ins_are_no_directory),
                TEST(test_orphan_drop_in),
                TEST(test_key_directory),
                TEST(test_bad_key_directory),
                TEST(test_threshold),
                TEST(test_threshold_of_different_keys),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
