/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry trust list` and `gantry trust rm`.
 * Never: hides a broken rule: it refuses what it governs, and the list says so.
 * Follows: gantry-trust(1). */

#include <stdio.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/table.h"
#include "policy/policy.h"
#include "trust-tool/config-write.h"
#include "trust-tool/key-summary.h"
#include "trust-tool/trust-tool.h"

static int load(Policy *ret) {
        int r = policy_load(NULL, ret);
        return r < 0 ? log_error_errno(r, "Cannot read the trust rules: %m") : 0;
}

static int describe_key(const Policy *policy, const char *path, char **ret) {
        for (size_t i = 0; i < policy->n_keys; i++)
                if (streq(policy->keys[i].path, path)) {
                        KeySummary s = {};

                        int r = key_summarize(&policy->keys[i].data, &s);
                        if (r < 0)
                                return r;
                        if (!s.valid)
                                return str_printf(ret, "unusable: %s", s.why);
                        return str_printf(ret, "%s %s%s", s.algorithm, s.fingerprint,
                                          s.revoked ? " (revoked)" : "");
                }

        return str_copy("unreadable", ret);
}

static int add_row(Table *t, const Policy *policy, const Rule *rule) {
        const char *require = rule->broken ? "BROKEN" : rule_require_to_string(rule->require);
        const char *prefix = rule->prefix ? rule->prefix : "(everything)";

        if (rule->broken || strv_length(rule->keys) == 0)
                return table_add(t, (const char *[]) { prefix, require, rule->broken, rule->file });

        STRV_FOREACH(path, rule->keys) {
                _cleanup_free_ char *key = NULL;

                int r = describe_key(policy, *path, &key);
                if (r >= 0)
                        r = table_add(t, (const char *[]) { prefix, require, key, rule->file });
                if (r < 0)
                        return r;
        }

        return 0;
}

int trust_list(const TrustArguments *a) {
        static const char *const headings[] = { "PREFIX", "REQUIRE", "KEY", "FILE", NULL };
        _cleanup_policy_ Policy policy = {};
        _cleanup_(table_freep) Table *t = table_new(headings);
        const Rule *rule;

        if (!t)
                return -ENOMEM;
        if (strv_length(a->files) > 0)
                return log_error_errno(-EINVAL, "No argument is wanted; see 'gantry trust --help'");

        int r = load(&policy);
        for (size_t i = 0; r >= 0 && (rule = rule_set_at(policy.rules, i)); i++)
                r = add_row(t, &policy, rule);

        return r < 0 ? r : table_print(t);
}

/* Is there a file of the same name that only this one hides, or is it not ours to remove? Then it has to be
 * masked. */
static bool must_be_masked(const char *file) {
        static const char *const vendors[] = { "/run", "/usr/local/lib", "/usr/lib" };
        const char *root = secure_getenv("GANTRY_CONFIG_ROOT"), *name = strrchr(file, '/') + 1;
        _cleanup_free_ char *etc = NULL;

        if (str_printf(&etc, "%s/etc/", root ? root : "") < 0 || !startswith(file, etc))
                return true;
        for (size_t i = 0; i < ELEMENTSOF(vendors); i++) {
                _cleanup_free_ char *path = NULL;

                if (str_printf(&path, "%s%s/gantry/trust.d/%s", root ? root : "", vendors[i], name) < 0 ||
                    access(path, F_OK) >= 0)
                        return true;
        }

        return false;
}

static int remove_rule(const Rule *rule) {
        int r;

        if (must_be_masked(rule->file))
                r = config_write("trust.d", strrchr(rule->file, '/') + 1, "", 0, /* replace= */ true);
        else
                r = unlink(rule->file) < 0 && errno != ENOENT
                                    ? log_error_errno(errno, "Cannot remove '%s': %m", rule->file)
                                    : 0;
        if (r >= 0)
                log_info("Images below '%s' are not trusted any more by '%s'", rule->prefix, rule->file);

        return r;
}

int trust_rm(const TrustArguments *a) {
        _cleanup_policy_ Policy policy = {};
        const Rule *rule;
        bool found = false;

        if (!a->prefix || strv_length(a->files) > 0)
                return log_error_errno(-EINVAL, "Which rule? Say --prefix=NAME; see 'gantry trust list'");

        int r = load(&policy);
        for (size_t i = 0; r >= 0 && (rule = rule_set_at(policy.rules, i)); i++)
                if (streq_ptr(rule->prefix, a->prefix)) {
                        found = true;
                        r = remove_rule(rule);
                }
        if (r >= 0 && !found)
                return log_error_errno(
                                -ENOENT,
                                "Cannot remove the rule for '%s': there is none; see 'gantry trust list'",
                                a->prefix);

        return r;
}
