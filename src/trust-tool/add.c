/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry trust add`: key files into keys/, and one rule, or one more key of a rule, into trust.d/.
 * Never: changes a file that has a rule; writes anything before all of it is confirmed.
 * Follows: gantry-trust(1), gantry-trust.d(5). */

#include <stdio.h>

#include "basic/conf.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/appc-types.h"
#include "trust-tool/config-write.h"
#include "trust-tool/key-choice.h"
#include "trust-tool/key-store.h"
#include "trust-tool/trust-tool.h"

static bool needs_key(const TrustArguments *a) {
        return !a->require || streq(a->require, "signature");
}

/* A file name that a prefix gives: "quay.io/coreos" → "quay.io-coreos.conf"; "*" → "any.conf". */
static int name_file(const char *prefix, char **ret) {
        char *name;

        int r = str_printf(&name, "%s.conf", streq(prefix, "*") ? "any" : prefix);
        if (r < 0)
                return log_error_errno(r, "Cannot name a rule file: %m");
        for (char *p = name; *p; p++)
                if (!strchr(LOWERCASE UPPERCASE DIGITS ".-_", *p))
                        *p = '-';

        *ret = name;
        return 0;
}

/* A rule as it was asked for. What follows in the file is Key=. */
static int write_text(const TrustArguments *a, char *const *keys, char **ret) {
        const struct {
                const char *key, *value;
        } settings[] = {
                { "Prefix", a->prefix },       { "Require", a->require ? a->require : "signature" },
                { "Threshold", a->threshold }, { "SignedName", a->signed_name },
                { "Enforce", a->enforce },     { "AllowStage1", a->allow_stage1 },
        };
        _cleanup_free_ char *text = NULL;
        size_t size = 0;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        fputs("[Trust]\n", f);
        for (size_t i = 0; i < ELEMENTSOF(settings); i++)
                if (settings[i].value)
                        fprintf(f, "%s=%s\n", settings[i].key, settings[i].value);
        STRV_FOREACH(key, keys)
                fprintf(f, "Key=%s\n", *key);
        if (fclose(f) == EOF)
                return -ENOMEM;

        *ret = TAKE_PTR(text);
        return 0;
}

/* Who reads rules says whether it is one. */
static int check_rule(const TrustArguments *a, unsigned *ret_threshold) {
        char *some_key[] = { (char *) "/", NULL };
        _cleanup_free_ char *text = NULL, *why = NULL;
        _cleanup_rule_ Rule *rule = NULL;

        int r = rule_prefix_check(a->prefix, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use '%s' as a prefix: %s", a->prefix,
                                       why ? why : strerror(-r));

        r = write_text(a, needs_key(a) ? some_key : NULL, &text);
        if (r >= 0)
                r = rule_parse("rule", text, strlen(text), &rule);
        if (r < 0)
                return log_error_errno(r, "Cannot make a rule: %m");
        if (rule->broken)
                return log_error_errno(-EINVAL, "Cannot make such a rule: %s", rule->broken_why);

        *ret_threshold = rule->threshold;
        return 0;
}

static int check_arguments(const TrustArguments *a, unsigned *ret_threshold) {
        const char *name;

        if (!a->prefix)
                return log_error_errno(-EINVAL, "For which images? Say --prefix=NAME");

        int r = check_rule(a, ret_threshold);
        if (r < 0)
                return r;

        name = rule_prefix_is_aci(a->prefix) ? strchr(a->prefix, ':') + 1 : a->prefix;
        if (needs_key(a) && strv_length(a->files) == 0 && !appc_identifier_is_valid(name))
                return log_error_errno(
                                -EINVAL,
                                "Which key? Name a file; or say --require=digest or --require=nothing");
        if (!needs_key(a) && strv_length(a->files) > 0)
                return log_error_errno(-EINVAL, "A key is of no use with --require=%s", a->require);

        return 0;
}

static const Rule *find_rule(const Policy *policy, const char *prefix) {
        const Rule *rule;

        for (size_t i = 0; (rule = rule_set_at(policy->rules, i)); i++)
                if (streq_ptr(rule->prefix, prefix))
                        break;

        return rule;
}

/* What was said about keys once would come back with a rule of the same name. */
static int check_drop_ins(const char *name) {
        _cleanup_strv_ char **drop_ins = NULL;

        int r = conf_drop_ins("trust.d", name, &drop_ins);
        if (r < 0)
                return log_error_errno(r, "Cannot look for drop-ins of '%s': %m", name);
        if (drop_ins)
                return log_error_errno(-EEXIST,
                                       "Cannot add the rule '%s': '%s' would change it; remove that first",
                                       name, drop_ins[0]);
        return 0;
}

static int add_rule(const TrustArguments *a, unsigned threshold, const KeyChoice *c) {
        _cleanup_free_ char *name = NULL, *text = NULL;
        _cleanup_strv_ char **paths = NULL;

        if (needs_key(a) && threshold > c->n)
                return log_error_errno(-EINVAL, "Cannot ask for signatures of %u keys: there %s only %zu",
                                       threshold, c->n > 1 ? "are" : "is", c->n);

        int r = name_file(a->prefix, &name);
        if (r >= 0)
                r = check_drop_ins(name);
        for (size_t i = 0; i < c->n && r >= 0; i++) {
                _cleanup_free_ char *path = NULL;

                r = key_store_write(&c->keys[i], &path);
                if (r >= 0)
                        r = strv_add(&paths, path);
        }
        if (r < 0)
                return r;

        r = write_text(a, paths, &text);
        if (r < 0)
                return log_error_errno(r, "Cannot make a rule: %m");
        r = config_write("trust.d", name, text, strlen(text), /* replace= */ false);
        if (r >= 0)
                log_info("Images below '%s' are trusted now by trust.d/%s", a->prefix, name);

        return r;
}

/* Only keys may be added to a rule; what else it says is changed with an editor. */
static int check_extension(const TrustArguments *a, const Rule *rule) {
        if (rule->broken)
                return log_error_errno(-EINVAL, "Cannot add to the rule for '%s', which cannot be used: %s",
                                       a->prefix, rule->broken);
        if (a->require || a->threshold || a->signed_name || a->enforce || a->allow_stage1 ||
            rule->require != RULE_REQUIRE_SIGNATURE)
                return log_error_errno(
                                -EEXIST,
                                "Cannot add a rule for '%s': %s has one; edit it, or use 'gantry trust rm --prefix=%s' first",
                                a->prefix, rule->file, a->prefix);

        return 0;
}

/* Each key has a drop-in of its own, so that it can be taken back by itself. */
static int write_drop_in(const Rule *rule, const char *fingerprint, const char *path) {
        _cleanup_free_ char *directory = NULL, *name = NULL, *text = NULL;
        const char *base = strrchr(rule->file, '/') + 1, *hex = startswith(fingerprint, "sha256:");

        int r = str_printf(&directory, "trust.d/%s.d", base);
        if (r >= 0)
                r = str_printf(&name, "%s.conf", hex ? hex : fingerprint);
        if (r >= 0)
                r = str_printf(&text, "[Trust]\nKey=%s\n", path);
        if (r < 0)
                return log_error_errno(r, "Cannot make a drop-in of '%s': %m", rule->file);

        r = config_write(directory, name, text, strlen(text), /* replace= */ false);
        if (r >= 0)
                log_info("Images below '%s' are trusted with key %s now, too, by %s/%s", rule->prefix,
                         fingerprint, directory, name);
        return r;
}

static int extend_rule(const Policy *policy, const Rule *rule, const struct ChosenKey *key) {
        const char *fingerprint = key->summary.fingerprint;
        _cleanup_free_ char *path = NULL;
        size_t i;

        int r = rule_find_key(policy, rule, fingerprint, &i);
        if (r < 0)
                return r;

        int known = r;
        r = key_store_write(key, &path);
        if (r < 0)
                return r;
        if (known == 0)
                return write_drop_in(rule, fingerprint, path);

        log_info("Images below '%s' are trusted with key %s already, in '%s'", rule->prefix, fingerprint,
                 rule->keys[i]);
        return 0;
}

int trust_add(const TrustArguments *a) {
        _cleanup_key_choice_ KeyChoice choice = {};
        _cleanup_policy_ Policy policy = {};
        unsigned threshold = 1;

        int r = check_arguments(a, &threshold);
        if (r >= 0)
                r = trust_load(&policy);
        if (r < 0)
                return r;

        const Rule *rule = find_rule(&policy, a->prefix);
        if (rule)
                r = check_extension(a, rule);
        if (r >= 0 && needs_key(a))
                r = key_choice_make(a, &choice);
        if (r < 0)
                return r;
        if (!rule)
                return add_rule(a, threshold, &choice);

        for (size_t i = 0; i < choice.n && r >= 0; i++)
                r = extend_rule(&policy, rule, &choice.keys[i]);
        return r;
}
