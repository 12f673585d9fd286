/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading trust rules and key files from the configuration directories.
 * Never: parses a key in a process with privileges; lets a file that cannot be read mean less than it
 * might say.
 * Follows: gantry-trust.d(5). */

#include <fcntl.h>
#include <string.h>

#include "basic/conf.h"
#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "policy/policy.h"

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

static int load_rule(RuleSet *rules, const char *path, void (*complain)(const char *why)) {
        _cleanup_blob_ Blob text = {};
        _cleanup_free_ char *why = NULL;

        int r = file_read_at(AT_FDCWD, path, RULE_FILE_MAX, &text);
        if (r >= 0)
                r = rule_set_add(rules, path, text.data, text.size, &why);
        else if (r != -ENOMEM) {
                int k = str_printf(&why, "%s: %s", path, strerror(-r));
                if (k >= 0)
                        k = rule_set_add_broken(rules, path, NULL, why);
                if (k < 0)
                        return k;
        }

        if (r < 0 && r != -ENOMEM && complain)
                complain(why ? why : path);
        return r == -ENOMEM ? r : 0;
}

static const KeyFile *find_key(const Policy *p, const char *path) {
        for (size_t i = 0; i < p->n_keys; i++)
                if (streq(p->keys[i].path, path))
                        return &p->keys[i];

        return NULL;
}

static int load_key(Policy *p, const char *path) {
        _cleanup_blob_ Blob data = {};
        _cleanup_free_ char *copy = NULL;

        if (find_key(p, path))
                return 0;

        int r = file_read_at(AT_FDCWD, path, TRUST_KEY_SIZE_MAX, &data);
        if (r >= 0)
                r = str_copy(path, &copy);
        if (r < 0)
                return r;

        KeyFile *grown = reallocarray(p->keys, p->n_keys + 1, sizeof(KeyFile));
        if (!grown)
                return -ENOMEM;
        grown[p->n_keys] = (KeyFile) { .path = TAKE_PTR(copy), .data = TAKE_BLOB(data) };
        p->keys = grown;
        p->n_keys++;
        return 0;
}

static int load_keys_of(Policy *p, const Rule *rule, void (*complain)(const char *why)) {
        STRV_FOREACH(path, rule->keys) {
                _cleanup_free_ char *why = NULL;

                int r = load_key(p, *path);
                if (r >= 0)
                        continue;
                if (r == -ENOMEM)
                        return r;

                r = str_printf(&why, "%s: cannot read key file '%s': %s", rule->file, *path, strerror(-r));
                if (r >= 0)
                        r = rule_set_add_broken(p->rules, rule->file, rule->prefix, why);
                if (r < 0)
                        return r;
                if (complain)
                        complain(why);
        }

        return 0;
}

int policy_load(void (*complain)(const char *why), Policy *ret) {
        _cleanup_policy_ Policy p = {};
        _cleanup_strv_ char **files = NULL;

        int r = conf_files("trust.d", ".conf", &files);
        if (r >= 0)
                r = rule_set_new(&p.rules);
        STRV_FOREACH(path, files)
                if (r >= 0)
                        r = load_rule(p.rules, *path, complain);
        for (size_t i = 0; r >= 0 && rule_set_at(p.rules, i); i++)
                r = load_keys_of(&p, rule_set_at(p.rules, i), complain);
        if (r < 0)
                return r;

        *ret = p;
        p = (Policy) {};
        return 0;
}

void policy_keys_free(TrustKey **keys, size_t n) {
        for (size_t i = 0; i < n; i++)
                trust_key_free(keys[i]);
        free(keys);
}

int policy_parse_keys(const Policy *p, const Rule *rule, TrustKey ***ret, size_t *ret_n, char **reterr_why) {
        TrustKey **keys = calloc(p->n_keys + 1, sizeof(TrustKey *));
        size_t n = 0;
        int r = keys ? 0 : -ENOMEM;

        for (size_t i = 0; i < p->n_keys && r >= 0; i++) {
                _cleanup_free_ char *why = NULL;

                if (rule && !strv_contains(rule->keys, p->keys[i].path))
                        continue;
                r = trust_key_parse(p->keys[i].data.data, p->keys[i].data.size, &keys[n], &why);
                if (r >= 0)
                        n++;
                else if (!rule && r != -ENOMEM)
                        r = 0;
                else if (reterr_why)
                        (void) str_printf(reterr_why, "key file '%s': %s", p->keys[i].path,
                                          why ? why : strerror(-r));
        }
        if (r < 0) {
                policy_keys_free(keys, n);
                return r;
        }

        *ret = keys;
        *ret_n = n;
        return 0;
}
