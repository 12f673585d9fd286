/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the key files that trust rules name.
 * Never: parses a key in a process with privileges; goes on with those of a rule that happen to be usable.
 * Follows: gantry-trust.d(5). */

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "policy/keys.h"

const KeyFile *policy_find_key(const Policy *p, const char *path) {
        for (size_t i = 0; i < p->n_keys; i++)
                if (streq(p->keys[i].path, path))
                        return &p->keys[i];

        return NULL;
}

static bool names_key(const char *name) {
        static const char *const suffixes[] = { ".asc", ".gpg", ".pem", ".pub" };

        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++)
                if (name[0] != '.' && endswith(name, suffixes[i]))
                        return true;

        return false;
}

static int compare_paths(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Whatever is named like a key, also what cannot be one: it is to be heard of. */
static int list_directory(const char *path, char ***ret) {
        _cleanup_closedir_ DIR *d = opendir(path);
        _cleanup_strv_ char **files = NULL;

        int r = d ? 0 : -errno;
        for (const char *name; r >= 0 && (r = dir_next(d, &name)) > 0;)
                r = names_key(name) ? strv_addf(&files, "%s/%s", path, name) : 0;
        if (r < 0)
                return r;

        if (files)
                qsort(files, strv_length(files), sizeof(char *), compare_paths);
        *ret = TAKE_PTR(files);
        return 0;
}

static int add_directory(Rule *rule, const char *path, RulePlace place) {
        _cleanup_strv_ char **files = NULL;

        int r = list_directory(path, &files);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return rule_break(rule, place, "cannot read key directory '%s': %s", path, strerror(-r));
        if (!files)
                return rule_break(rule, place, "key directory '%s' has no key (*.asc, *.gpg, *.pem, *.pub)",
                                  path);

        STRV_FOREACH(file, files)
                if (r >= 0)
                        r = rule_add_key(rule, *file, place);
        return r;
}

static int read_key(Policy *p, const char *path) {
        _cleanup_blob_ Blob data = {};
        _cleanup_free_ char *copy = NULL;

        if (policy_find_key(p, path))
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

int policy_load_keys(Policy *p, Rule *rule) {
        int r = 0;

        for (size_t i = 0; i < strv_length(rule->directories) && !rule->broken && r >= 0; i++)
                r = add_directory(rule, rule->directories[i], rule->directory_places[i]);

        size_t n = strv_length(rule->keys);
        for (size_t i = 0; i < n && !rule->broken && r >= 0; i++) {
                r = read_key(p, rule->keys[i]);
                if (r < 0 && r != -ENOMEM)
                        r = rule_break(rule, rule->key_places[i], "cannot read key file '%s': %s",
                                       rule->keys[i], strerror(-r));
        }

        if (r >= 0 && rule->require == RULE_REQUIRE_SIGNATURE && rule->threshold > n && !rule->broken)
                r = rule_break(rule, rule->places[RULE_THRESHOLD],
                               "Threshold=%u can never be reached with %zu key%s", rule->threshold, n,
                               n > 1 ? "s" : "");
        return r;
}

void policy_keys_free(TrustKey **keys, size_t n) {
        for (size_t i = 0; i < n; i++)
                trust_key_free(keys[i]);
        free(keys);
}

/* Without a place it is a key that was named on a command line. */
static int _printf_(3, 4) refuse(RulePlace place, char **reterr_why, const char *format, ...) {
        _cleanup_free_ char *why = NULL;
        va_list ap;

        if (!reterr_why)
                return -EBADMSG;

        va_start(ap, format);
        int r = vasprintf(&why, format, ap) < 0 ? -ENOMEM : 0;
        va_end(ap);
        if (r >= 0 && place.file)
                r = str_printf(reterr_why, "%s:%u: %s", place.file, place.line, why);
        else if (r >= 0)
                *reterr_why = TAKE_PTR(why);

        return r < 0 ? r : -EBADMSG;
}

static int parse_key(const Policy *p, const char *path, RulePlace place, TrustKey **ret, char **reterr_why) {
        const KeyFile *file = policy_find_key(p, path);
        _cleanup_free_ char *why = NULL;

        int r = file ? trust_key_parse(file->data.data, file->data.size, ret, &why) : -ENOENT;
        if (r >= 0 || r == -ENOMEM)
                return r;

        return refuse(place, reterr_why, "cannot use key file '%s': %s", path, why ? why : strerror(-r));
}

/* One key may be in two files, also in two forms. */
static size_t count_different(TrustKey *const *keys, size_t n) {
        size_t different = 0;

        for (size_t i = 0; i < n; i++) {
                size_t j = 0;

                while (j < i && !trust_key_is_same(keys[i], keys[j]))
                        j++;
                different += j == i;
        }

        return different;
}

static int check_threshold(const Rule *rule, TrustKey *const *keys, size_t n, char **reterr_why) {
        if (rule->require != RULE_REQUIRE_SIGNATURE || rule->threshold <= 1)
                return 0;

        size_t different = count_different(keys, n);
        if (rule->threshold <= different)
                return 0;
        return refuse(rule->places[RULE_THRESHOLD], reterr_why,
                      "Threshold=%u can never be reached: only %zu of the keys differ", rule->threshold,
                      different);
}

static int parse_keys_of(const Policy *p, const Rule *rule, TrustKey **keys, size_t *n, char **reterr_why) {
        int r = 0;

        for (size_t i = 0; i < strv_length(rule->keys) && r >= 0; i++) {
                RulePlace place = rule->key_places ? rule->key_places[i] : (RulePlace) {};

                r = parse_key(p, rule->keys[i], place, &keys[*n], reterr_why);
                if (r >= 0)
                        (*n)++;
        }

        return r < 0 ? r : check_threshold(rule, keys, *n, reterr_why);
}

static int parse_all_keys(const Policy *p, TrustKey **keys, size_t *n) {
        for (size_t i = 0; i < p->n_keys; i++) {
                int r = trust_key_parse(p->keys[i].data.data, p->keys[i].data.size, &keys[*n], NULL);
                if (r == -ENOMEM)
                        return r;
                if (r >= 0)
                        (*n)++;
        }

        return 0;
}

int policy_parse_keys(const Policy *p, const Rule *rule, TrustKey ***ret, size_t *ret_n, char **reterr_why) {
        TrustKey **keys = calloc((rule ? strv_length(rule->keys) : p->n_keys) + 1, sizeof(TrustKey *));
        size_t n = 0;

        int r = keys ? 0 : -ENOMEM;
        if (r >= 0)
                r = rule ? parse_keys_of(p, rule, keys, &n, reterr_why) : parse_all_keys(p, keys, &n);
        if (r < 0) {
                policy_keys_free(keys, n);
                return r;
        }

        *ret = keys;
        *ret_n = n;
        return 0;
}
