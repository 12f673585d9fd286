/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry trust rm`: rules, and keys of rules.
 * Never: removes a file that is not below /etc: that is masked.
 * Follows: gantry-trust(1). */

#include <unistd.h>

#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "trust-tool/config-write.h"
#include "trust-tool/key-removal.h"
#include "trust-tool/trust-tool.h"

static const char *base_name(const char *path) {
        return strrchr(path, '/') + 1;
}

/* Is there a file of the same name that only this one hides, or is it not ours to remove? Then it has to be
 * masked. */
static bool must_be_masked(const char *file) {
        static const char *const vendors[] = { "/run", "/usr/local/lib", "/usr/lib" };
        const char *root = secure_getenv("GANTRY_CONFIG_ROOT");

        if (!config_is_ours(file))
                return true;
        for (size_t i = 0; i < ELEMENTSOF(vendors); i++) {
                _cleanup_free_ char *path = NULL;

                if (str_printf(&path, "%s%s/gantry/trust.d/%s", root ? root : "", vendors[i],
                               base_name(file)) < 0 ||
                    access(path, F_OK) >= 0)
                        return true;
        }

        return false;
}

/* A later rule of the same name must not find keys that nobody remembers. */
static int remove_drop_ins(const Rule *rule) {
        int r = 0;

        STRV_FOREACH(file, rule->drop_ins)
                if (r >= 0 && config_is_ours(*file))
                        r = config_remove(*file);

        return r;
}

/* What the rule governed is now governed by a shorter one, which may ask for less. */
static void tell_successor(const char *prefix) {
        _cleanup_policy_ Policy policy = {};

        if (!prefix || policy_load(NULL, &policy) < 0)
                return;

        const Rule *rule = rule_set_match(policy.rules, prefix);
        if (rule)
                log_info("They are governed by the rule for '%s' in '%s' now",
                         rule->prefix ? rule->prefix : "everything", rule->file);
}

static int remove_rule(const Rule *rule) {
        int r;

        if (must_be_masked(rule->file))
                r = config_write("trust.d", base_name(rule->file), "", 0, /* replace= */ true);
        else
                r = config_remove(rule->file);
        if (r >= 0)
                r = remove_drop_ins(rule);
        if (r < 0)
                return r;

        log_info("Images below '%s' are not trusted any more by '%s'", rule->prefix ? rule->prefix : "?",
                 rule->file);
        tell_successor(rule->prefix);
        return 0;
}

static bool is_meant(const TrustArguments *a, const Rule *rule) {
        if (a->prefix)
                return streq_ptr(rule->prefix, a->prefix);

        return streq(a->files[0], rule->file) || streq(a->files[0], base_name(rule->file));
}

static const Rule *next_meant(const TrustArguments *a, const Policy *policy, size_t *i) {
        const Rule *rule;

        while ((rule = rule_set_at(policy->rules, (*i)++)))
                if (is_meant(a, rule))
                        break;

        return rule;
}

static int refuse_unknown(const TrustArguments *a) {
        return log_error_errno(-ENOENT,
                               "Cannot remove the rule %s '%s': there is none; see 'gantry trust list'",
                               a->prefix ? "for" : "in", a->prefix ? a->prefix : a->files[0]);
}

static int remove_rules(const TrustArguments *a) {
        _cleanup_policy_ Policy policy = {};
        const Rule *rule;
        size_t i = 0, n = 0;

        int r = trust_load(&policy);
        while (r >= 0 && (rule = next_meant(a, &policy, &i))) {
                r = remove_rule(rule);
                n++;
        }
        if (r >= 0 && n == 0)
                return refuse_unknown(a);

        return r;
}

/* Returns 1 if there was a file with that key, of which there may be more. */
static int remove_key(const TrustArguments *a, const char *fingerprint) {
        _cleanup_policy_ Policy policy = {};
        size_t i = 0;

        int r = trust_load(&policy);
        if (r < 0)
                return r;

        const Rule *rule = next_meant(a, &policy, &i);
        if (!rule)
                return refuse_unknown(a);
        if (rule->broken)
                return log_error_errno(-EINVAL, "Cannot take a key out of a rule that cannot be used: %s",
                                       rule->broken);

        return key_removal_run(&policy, rule, fingerprint);
}

static int remove_keys(const TrustArguments *a) {
        STRV_FOREACH(fingerprint, a->fingerprints) {
                size_t n = 0;
                int r;

                for (r = 1; r > 0; n += r > 0)
                        r = remove_key(a, *fingerprint);
                if (r >= 0 && n == 0)
                        r = log_error_errno(
                                        -ENOENT,
                                        "Cannot take key '%s' out of the rule: it does not have it; see 'gantry trust list'",
                                        *fingerprint);
                if (r < 0)
                        return r;
        }

        return 0;
}

int trust_rm(const TrustArguments *a) {
        if (strv_length(a->files) != (a->prefix ? 0 : 1))
                return log_error_errno(-EINVAL,
                                       "Which rule? Say --prefix=NAME or its file; see 'gantry trust list'");

        return a->fingerprints ? remove_keys(a) : remove_rules(a);
}
