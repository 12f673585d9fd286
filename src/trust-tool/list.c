/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry trust list`.
 * Never: hides a broken rule: it refuses what it governs, and the list says so.
 * Follows: gantry-trust(1). */

#include <stdio.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/table.h"
#include "trust-tool/json-print.h"
#include "trust-tool/key-summary.h"
#include "trust-tool/trust-tool.h"

/* "signature", "2 of 3", "digest, not enforced, for nspawn kvm fly", … */
static int describe_requirement(const Rule *rule, char **ret) {
        const char *enforced = rule->enforce ? "" : ", not enforced";
        bool usual = rule->allow_stage1 == RULE_STAGE1_ISOLATED;
        char stage1s[RULE_STAGE1_TEXT_MAX] = "";

        if (rule->broken)
                return str_copy("BROKEN", ret);
        if (!usual)
                rule_stage1_format(rule->allow_stage1, stage1s);
        if (rule->threshold > 1)
                return str_printf(ret, "%u of %zu%s%s%s", rule->threshold, strv_length(rule->keys), enforced,
                                  usual ? "" : ", for ", stage1s);

        return str_printf(ret, "%s%s%s%s", rule_require_to_string(rule->require), enforced,
                          usual ? "" : ", for ", stage1s);
}

/* With the file that names the key, which may be a drop-in. */
static int add_key_row(Table *t, const Policy *policy, const Rule *rule, const char *require, size_t i) {
        _cleanup_free_ char *validity = NULL;
        KeySummary s = {};

        int r = key_summarize(&policy_find_key(policy, rule->keys[i])->data, &s);
        if (r >= 0)
                r = key_describe_validity(&s, &validity);
        if (r < 0)
                return r;

        return table_add(t, (const char *[]) { rule->prefix, require, s.usable ? s.fingerprint : NULL,
                                               validity, rule->key_places[i].file });
}

static int add_rows(Table *t, const Policy *policy, const Rule *rule) {
        const char *prefix = rule->prefix ? rule->prefix : "(everything)";
        _cleanup_free_ char *require = NULL;

        int r = describe_requirement(rule, &require);
        if (r >= 0 && (rule->broken || !rule->keys))
                return table_add(t, (const char *[]) { prefix, require, NULL, rule->broken, rule->file });
        for (size_t i = 0; i < strv_length(rule->keys) && r >= 0; i++)
                r = add_key_row(t, policy, rule, require, i);

        return r;
}

static int print_table(const Policy *policy) {
        static const char *const headings[] = {
                "PREFIX", "REQUIRE", "FINGERPRINT", "VALIDITY", "FILE", NULL
        };
        _cleanup_(table_freep) Table *t = table_new(headings);
        const Rule *rule;

        int r = t ? 0 : -ENOMEM;
        for (size_t i = 0; r >= 0 && (rule = rule_set_at(policy->rules, i)); i++)
                r = add_rows(t, policy, rule);

        return r < 0 ? r : table_print(t);
}

static Json *split_lines(const char *text) {
        _cleanup_json_ Json *lines = json_new_array();
        int r = lines ? 0 : -ENOMEM;

        for (; *text && r >= 0; text += strcspn(text, "\n") + 1) {
                _cleanup_free_ char *line = strndup(text, strcspn(text, "\n"));
                r = line ? json_append(lines, json_new_string(line)) : -ENOMEM;
        }

        return r < 0 ? NULL : TAKE_PTR(lines);
}

/* What is known of a key that can be used. */
static int set_summary(Json *j, const KeySummary *s) {
        int r = json_set_string(j, "fingerprint", s->fingerprint);
        if (r >= 0)
                r = json_set_string(j, "algorithm", s->algorithm);
        if (r >= 0 && s->openpgp)
                r = json_set(j, "user_ids", split_lines(s->user_ids));
        if (r >= 0 && s->created > 0)
                r = json_set_int(j, "created", s->created);
        if (r >= 0 && s->expires > 0)
                r = json_set_int(j, "expires", s->expires);
        if (r >= 0)
                r = json_set_bool(j, "revoked", s->revoked);

        return r;
}

static int append_key(Json *keys, const Policy *policy, const Rule *rule, size_t i) {
        _cleanup_free_ char *validity = NULL, *place = NULL;
        _cleanup_json_ Json *j = json_new_object();
        KeySummary s = {};

        int r = j ? key_summarize(&policy_find_key(policy, rule->keys[i])->data, &s) : -ENOMEM;
        if (r >= 0)
                r = key_describe_validity(&s, &validity);
        if (r >= 0)
                r = str_printf(&place, "%s:%u", rule->key_places[i].file, rule->key_places[i].line);
        if (r >= 0)
                r = json_set_string(j, "file", rule->keys[i]);
        if (r >= 0)
                r = json_set_string(j, "named_in", place);
        if (r >= 0)
                r = json_set_string(j, "validity", validity);
        if (r >= 0 && s.usable)
                r = set_summary(j, &s);

        return r < 0 ? r : json_append(keys, TAKE_PTR(j));
}

static int set_requirement(Json *j, const Policy *policy, const Rule *rule) {
        _cleanup_json_ Json *keys = json_new_array();
        char stage1s[RULE_STAGE1_TEXT_MAX];

        rule_stage1_format(rule->allow_stage1, stage1s);
        int r = keys ? json_set_string(j, "require", rule_require_to_string(rule->require)) : -ENOMEM;
        if (r >= 0)
                r = json_set_bool(j, "enforce", rule->enforce);
        if (r >= 0)
                r = json_set_string(j, "allow_stage1", stage1s);
        if (r < 0 || rule->require != RULE_REQUIRE_SIGNATURE)
                return r;

        r = json_set_int(j, "threshold", rule->threshold);
        if (r >= 0)
                r = json_set_string(j, "signed_name", rule_signed_name_to_string(rule->signed_name));
        for (size_t i = 0; i < strv_length(rule->keys) && r >= 0; i++)
                r = append_key(keys, policy, rule, i);

        return r < 0 ? r : json_set(j, "keys", TAKE_PTR(keys));
}

static int append_rule(Json *rules, const Policy *policy, const Rule *rule) {
        _cleanup_json_ Json *j = json_new_object();

        int r = j ? json_set_string(j, "prefix", rule->prefix) : -ENOMEM;
        if (r >= 0)
                r = json_set_string(j, "file", rule->file);
        if (r >= 0)
                r = json_set_strv(j, "drop_ins", rule->drop_ins);
        if (r >= 0)
                r = rule->broken ? json_set_string(j, "broken", rule->broken)
                                 : set_requirement(j, policy, rule);

        return r < 0 ? r : json_append(rules, TAKE_PTR(j));
}

static int print_json(const Policy *policy) {
        _cleanup_json_ Json *rules = json_new_array();
        const Rule *rule;

        int r = rules ? 0 : -ENOMEM;
        for (size_t i = 0; r >= 0 && (rule = rule_set_at(policy->rules, i)); i++)
                r = append_rule(rules, policy, rule);

        return r < 0 ? r : json_print(rules);
}

int trust_list(const TrustArguments *a) {
        _cleanup_policy_ Policy policy = {};

        if (strv_length(a->files) > 0)
                return log_error_errno(-EINVAL, "No argument is wanted; see 'gantry trust --help'");

        int r = trust_load(&policy);
        if (r < 0)
                return r;

        r = cli_json == CLI_JSON_OFF ? print_table(&policy) : print_json(&policy);
        return r < 0 ? log_error_errno(r, "Cannot list the trust rules: %s", user_strerror(r)) : 0;
}
