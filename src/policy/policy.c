/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading trust rules from the configuration directories.
 * Never: lets a file that cannot be read mean less than it might say.
 * Follows: gantry-trust.d(5). */

#include <fcntl.h>
#include <string.h>

#include "basic/conf.h"
#include "basic/fd.h"
#include "basic/strv.h"
#include "policy/keys.h"

#define RULE_FILE_MAX (64 * 1024U)

void policy_done(Policy *p) {
        for (size_t i = 0; i < p->n_keys; i++) {
                free(p->keys[i].path);
                blob_done(&p->keys[i].data);
        }
        free(p->keys);
        rule_set_free(p->rules);
        *p = (Policy) {};
}

static int read_file(Rule *rule, const char *path) {
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(AT_FDCWD, path, RULE_FILE_MAX, &text);
        if (r == -ENOMEM)
                return r;

        return r < 0 ? rule_read_failed(rule, path, r) : rule_read(rule, path, text.data, text.size);
}

static int read_drop_ins(Rule *rule) {
        _cleanup_strv_ char **files = NULL;

        int r = conf_drop_ins("trust.d", strrchr(rule->file, '/') + 1, &files);
        if (r < 0 && r != -ENOMEM)
                return rule_break(rule, (RulePlace) { rule->file, 1 }, "cannot look for its drop-ins: %s",
                                  strerror(-r));
        STRV_FOREACH(path, files)
                if (r >= 0)
                        r = read_file(rule, *path);

        return r;
}

static int load_rule(Policy *p, const char *path, void (*complain)(const char *why)) {
        _cleanup_rule_ Rule *rule = NULL;

        int r = rule_new(path, &rule);
        if (r >= 0)
                r = read_file(rule, path);
        if (r >= 0)
                r = read_drop_ins(rule);
        if (r >= 0)
                r = rule_complete(rule);
        if (r >= 0)
                r = policy_load_keys(p, rule);
        if (r < 0)
                return r;

        const Rule *added = rule;
        r = rule_set_add(p->rules, TAKE_PTR(rule));
        if (r >= 0 && added->broken && complain)
                complain(added->broken);
        return r;
}

int policy_load(void (*complain)(const char *why), Policy *ret) {
        _cleanup_policy_ Policy p = {};
        _cleanup_strv_ char **files = NULL;

        int r = conf_files("trust.d", ".conf", &files);
        if (r >= 0)
                r = rule_set_new(&p.rules);
        STRV_FOREACH(path, files)
                if (r >= 0)
                        r = load_rule(&p, *path, complain);
        if (r < 0)
                return r;

        *ret = p;
        p = (Policy) {};
        return 0;
}
