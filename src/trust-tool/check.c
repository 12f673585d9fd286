/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry trust check`: what is wrong with the rules, and what is not wise.
 * Never: says what somebody should trust; changes anything.
 * Follows: gantry-trust(1), gantry-trust.d(5). */

#include <sys/stat.h>

#include "basic/conf.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "trust-tool/check-keys.h"
#include "trust-tool/findings.h"
#include "trust-tool/trust-tool.h"

static bool is_everything(const char *prefix) {
        return streq(prefix, "*") || streq(prefix, "aci:*");
}

/* docker.io/NAME, which is not how the image NAME is called. */
static const char *name_on_docker_hub(const char *prefix) {
        const char *name = startswith(prefix, "docker.io/");

        return name && !strchr(name, '/') && !streq(name, "library") ? name : NULL;
}

static int check_prefix(Findings *f, const Rule *rule) {
        const char *name = name_on_docker_hub(rule->prefix);
        RulePlace place = rule->places[RULE_PREFIX];

        return name ? finding_warning(f, place,
                                      "is for images below docker.io/%s/; the image '%s' is docker.io/library/%s",
                                      name, name, name)
                    : 0;
}

static int check_requirement(Findings *f, const Rule *rule) {
        int r = 0;

        if (!rule->enforce)
                r = finding_warning(f, rule->places[RULE_ENFORCE],
                                    "Enforce=no: what this rule would refuse is admitted");
        if (r >= 0 && rule->require == RULE_REQUIRE_NOTHING && is_everything(rule->prefix))
                r = finding_warning(f, rule->places[RULE_REQUIRE],
                                    "Require=nothing for '%s' admits whatever no other rule governs",
                                    rule->prefix);
        if (r >= 0 && rule->require == RULE_REQUIRE_NOTHING &&
            rule->allow_stage1 & RULE_STAGE1_BIT(RULE_STAGE1_FLY))
                r = finding_warning(
                                f, rule->places[RULE_ALLOW_STAGE1],
                                "fly with Require=nothing: who can change an image gets the rights of root here");
        if (r >= 0 && rule->threshold > 1 && rule->threshold == strv_length(rule->keys))
                r = finding_warning(f, rule->places[RULE_THRESHOLD],
                                    "all %u keys must sign: none can be lost or replaced one at a time",
                                    rule->threshold);

        return r;
}

static int check_owner(Findings *f, RulePlace place, const char *what, const char *path) {
        struct stat st;

        if (stat(path, &st) < 0 || (st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH))))
                return 0;

        return finding_warning(f, place, "%s '%s' can be written by others than root", what, path);
}

/* Who can write one of these decides what runs. */
static int check_owners(Findings *f, const Rule *rule) {
        int r = check_owner(f, (RulePlace) { rule->file, 1 }, "rule file", rule->file);

        STRV_FOREACH(file, rule->drop_ins)
                if (r >= 0)
                        r = check_owner(f, (RulePlace) { *file, 1 }, "drop-in", *file);
        for (size_t i = 0; i < strv_length(rule->directories) && r >= 0; i++)
                r = check_owner(f, rule->directory_places[i], "key directory", rule->directories[i]);
        for (size_t i = 0; i < strv_length(rule->keys) && r >= 0; i++)
                r = check_owner(f, rule->key_places[i], "key file", rule->keys[i]);

        return r;
}

static int check_rule(Findings *f, const Policy *policy, const Rule *rule) {
        int r = check_owners(f, rule);

        if (r >= 0 && rule->broken)
                return finding_error(f, rule->broken_place, "%s", rule->broken_why);
        if (r >= 0)
                r = check_prefix(f, rule);
        if (r >= 0)
                r = check_requirement(f, rule);
        if (r >= 0 && rule->require == RULE_REQUIRE_SIGNATURE)
                r = check_keys(f, policy, rule);

        return r;
}

static int check_hidden(Findings *f) {
        _cleanup_strv_ char **hidden = NULL, **by = NULL;

        int r = conf_hidden_files("trust.d", ".conf", &hidden, &by);
        for (size_t i = 0; i < strv_length(hidden) && r >= 0; i++)
                r = finding_warning(f, (RulePlace) { hidden[i], 1 }, "has no effect: '%s' hides it", by[i]);

        return r;
}

static bool has_rule(const Policy *policy, const char *name) {
        const Rule *rule;

        for (size_t i = 0; (rule = rule_set_at(policy->rules, i)); i++)
                if (streq(strrchr(rule->file, '/') + 1, name))
                        return true;

        return false;
}

/* `directory` is one of those for drop-ins. */
static int check_orphans_in(Findings *f, const Policy *policy, const char *directory) {
        const char *base = strrchr(directory, '/') + 1;
        _cleanup_free_ char *name = strndup(base, strlen(base) - strlen(".d"));
        _cleanup_strv_ char **files = NULL;

        if (!name)
                return -ENOMEM;
        if (has_rule(policy, name))
                return 0;

        int r = conf_drop_ins("trust.d", name, &files);
        STRV_FOREACH(file, files)
                if (r >= 0)
                        r = finding_warning(f, (RulePlace) { *file, 1 },
                                            "has no effect: there is no rule file '%s'", name);

        return r;
}

static int check_orphans(Findings *f, const Policy *policy) {
        _cleanup_strv_ char **directories = NULL;

        int r = conf_files("trust.d", ".conf.d", &directories);
        STRV_FOREACH(directory, directories)
                if (r >= 0)
                        r = check_orphans_in(f, policy, *directory);

        return r;
}

static int find(const Policy *policy, Findings *f) {
        const Rule *rule;
        int r = 0;

        for (size_t i = 0; r >= 0 && (rule = rule_set_at(policy->rules, i)); i++)
                r = check_rule(f, policy, rule);
        if (r >= 0)
                r = check_hidden(f);
        if (r >= 0)
                r = check_orphans(f, policy);

        return r;
}

int trust_check(const TrustArguments *a) {
        _cleanup_findings_ Findings findings = {};
        _cleanup_policy_ Policy policy = {};

        if (strv_length(a->files) > 0)
                return log_error_errno(-EINVAL, "No argument is wanted; see 'gantry trust --help'");

        int r = trust_load(&policy);
        if (r < 0)
                return r;

        r = find(&policy, &findings);
        if (r >= 0)
                r = findings_print(&findings);
        if (r < 0)
                return log_error_errno(r, "Cannot check the trust rules: %s", user_strerror(r));

        return findings.n_errors > 0 ? -EBADMSG : 0;
}
