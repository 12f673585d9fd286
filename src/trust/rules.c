/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the syntax of trust rules and which rule governs a name.
 * Never: ignores a file or a setting it does not understand (what that would govern is refused); opens a file.
 * Follows: DESIGN.md section 4. */

#include "basic/ini.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/host.h"
#include "trust/refuse.h"
#include "trust/rules.h"

struct RuleSet {
        Rule **rules;
        size_t n_rules;
};

static Rule *rule_free(Rule *rule) {
        if (!rule)
                return NULL;

        free(rule->file);
        free(rule->prefix);
        free(rule->broken);
        strv_free(rule->keys);
        free(rule);
        return NULL;
}
DEFINE_CLEANUP(Rule, rule_free)

int rule_set_new(RuleSet **ret) {
        RuleSet *set = calloc(1, sizeof(RuleSet));
        if (!set)
                return -ENOMEM;

        *ret = set;
        return 0;
}

RuleSet *rule_set_free(RuleSet *set) {
        if (!set)
                return NULL;

        for (size_t i = 0; i < set->n_rules; i++)
                rule_free(set->rules[i]);
        free(set->rules);
        free(set);
        return NULL;
}

static const char *const require_names[] = {
        [RULE_REQUIRE_SIGNATURE] = "signature",
        [RULE_REQUIRE_DIGEST] = "digest",
        [RULE_REQUIRE_NOTHING] = "nothing",
};

static const char *const signed_name_names[] = {
        [RULE_SIGNED_NAME_REPOSITORY] = "repository",
        [RULE_SIGNED_NAME_EXACT] = "exact",
        [RULE_SIGNED_NAME_ANY] = "any",
};

const char *rule_require_to_string(RuleRequire require) {
        return require_names[require];
}

/* No component is empty, "." or "..". */
static bool components_are_sound(const char *path) {
        for (;;) {
                size_t n = strcspn(path, "/");
                if (n == 0 || (n == 1 && path[0] == '.') || (n == 2 && path[0] == '.' && path[1] == '.'))
                        return false;
                if (path[n] == '\0')
                        return true;
                path += n + 1;
        }
}

/* The first component of a name that is not a path. */
static int check_registry(const char *registry, char **reterr_why) {
        if (streq(registry, "index.docker.io") || streq(registry, "registry-1.docker.io"))
                return trust_refuse_foreign(reterr_why,
                                            "images of this registry are called docker.io/…, not", registry);
        if (!in_charset(registry, LOWERCASE DIGITS ".-:[]"))
                return trust_refuse_foreign(reterr_why, "not the name of a registry or a domain", registry);
        const char *port = strchr(registry[0] == '[' ? registry + strcspn(registry, "]") : registry, ':');
        if (port && !in_charset(port + 1, DIGITS))
                return trust_refuse_foreign(reterr_why, "not a port (a prefix has no tag)", registry);
        if (!strpbrk(registry, ".:") && !streq(registry, "localhost"))
                return trust_refuse_foreign(reterr_why,
                                            "names no registry or domain (docker.io/library/NAME?)",
                                            registry);
        return 0;
}

static int check_name(const char *prefix, char **reterr_why) {
        size_t n = strcspn(prefix, "/");
        _cleanup_free_ char *registry = strndup(prefix, n);
        int r;

        if (!registry)
                return -ENOMEM;
        r = check_registry(registry, reterr_why);
        if (r < 0)
                return r;
        if (prefix[n] != '\0' && !in_charset(prefix + n, LOWERCASE DIGITS "._~-/"))
                return trust_refuse_foreign(
                                reterr_why,
                                "has characters that no name of an image has (no tag, no digest)", prefix);
        return 0;
}

int rule_prefix_check(const char *prefix, char **reterr_why) {
        static const char *const transports[] = { "oci:", "oci-archive:", "docker-archive:" };

        if (streq(prefix, "*"))
                return 0;
        if (prefix[0] == '\0')
                return trust_refuse(reterr_why, -EINVAL, "the prefix is empty; everything is '*'");
        if (strstr(prefix, "://"))
                return trust_refuse_foreign(reterr_why, "a prefix is a name, not a URL", prefix);
        if (endswith(prefix, "/"))
                return trust_refuse_foreign(reterr_why, "a prefix does not end with '/'", prefix);

        for (size_t i = 0; i < ELEMENTSOF(transports); i++) {
                const char *path = startswith(prefix, transports[i]);
                if (path && (path[0] != '/' || !components_are_sound(path + 1)))
                        return trust_refuse_foreign(reterr_why, "not an absolute, normalised path", prefix);
                if (path)
                        return 0;
        }

        if (!components_are_sound(prefix))
                return trust_refuse_foreign(reterr_why, "has an empty or relative component", prefix);
        if (strpbrk(prefix, UPPERCASE))
                return trust_refuse_foreign(reterr_why, "names of images have no upper case", prefix);
        return check_name(prefix, reterr_why);
}

/* A rule while its lines are read. */
typedef struct Draft {
        Rule *rule;
        bool has_require;
        bool has_signed_name;
} Draft;

static int set_prefix(Draft *d, const char *value, char **reterr_why) {
        int r;

        if (d->rule->prefix)
                return trust_refuse(reterr_why, -EINVAL, "a second Prefix=");
        r = rule_prefix_check(value, reterr_why);
        return r < 0 ? r : str_copy(value, &d->rule->prefix);
}

/* One of a few words, given once. */
static int set_word(const char *key, const char *value, const char *const *words, size_t n_words, bool *seen,
                    unsigned *ret, char **reterr_why) {
        if (*seen)
                return trust_refuse(reterr_why, -EINVAL, "a second %s=", key);

        *seen = true;
        for (unsigned i = 0; i < n_words; i++)
                if (streq(value, words[i])) {
                        *ret = i;
                        return 0;
                }
        return trust_refuse_foreign(reterr_why, "unknown value", value);
}

static int set_require(Draft *d, const char *value, char **reterr_why) {
        unsigned word = 0;
        int r = set_word("Require", value, require_names, ELEMENTSOF(require_names), &d->has_require, &word,
                         reterr_why);

        d->rule->require = word;
        return r;
}

static int set_signed_name(Draft *d, const char *value, char **reterr_why) {
        unsigned word = 0;
        int r = set_word("SignedName", value, signed_name_names, ELEMENTSOF(signed_name_names),
                         &d->has_signed_name, &word, reterr_why);

        d->rule->signed_name = word;
        return r;
}

static int add_key(Draft *d, const char *value, char **reterr_why) {
        if (value[0] != '/')
                return trust_refuse_foreign(reterr_why, "not an absolute path", value);
        if (strv_contains(d->rule->keys, value))
                return trust_refuse_foreign(reterr_why, "the same key file twice", value);

        return strv_add(&d->rule->keys, value);
}

static int handle_line(const char *section, const char *key, const char *value, void *userdata,
                       char **reterr_why) {
        static const struct {
                const char *key;
                int (*set)(Draft *d, const char *value, char **reterr_why);
        } settings[] = {
                { "Prefix", set_prefix },
                { "Require", set_require },
                { "Key", add_key },
                { "SignedName", set_signed_name },
        };

        if (!streq(section, "Trust"))
                return trust_refuse_foreign(reterr_why, "unknown section", section);

        for (size_t i = 0; i < ELEMENTSOF(settings); i++)
                if (streq(key, settings[i].key))
                        return settings[i].set(userdata, value, reterr_why);
        return trust_refuse_foreign(reterr_why, "unknown key", key);
}

/* What only the whole file shows. */
static int check_rule(const Draft *d, char **reterr_why) {
        const char *require = rule_require_to_string(d->rule->require);

        if (!d->rule->prefix)
                return trust_refuse(reterr_why, -EINVAL, "no Prefix=");
        if (d->rule->require == RULE_REQUIRE_SIGNATURE)
                return d->rule->keys ? 0
                                     : trust_refuse(reterr_why, -EINVAL,
                                                    "no Key=, but a signature is required");
        if (d->rule->keys || d->has_signed_name)
                return trust_refuse(reterr_why, -EINVAL, "Key= and SignedName= say nothing with Require=%s",
                                    require);
        return 0;
}

/* Reads no further than the prefix and believes it only if there is one. */
static int handle_salvage(const char *section, const char *key, const char *value, void *userdata,
                          char **reterr_why) {
        char **prefix = userdata;

        if (!streq(section, "Trust") || !streq(key, "Prefix"))
                return 0;
        if (*prefix)
                return -EINVAL;
        if (rule_prefix_check(value, /* reterr_why= */ NULL) < 0)
                return -EINVAL;
        return str_copy(value, prefix);
}

/* What a file that cannot be used would have governed; NULL if it does not say. */
static int salvage_prefix(const void *text, size_t size, char **ret) {
        _cleanup_free_ char *prefix = NULL;
        int r;

        r = ini_parse(text, size, handle_salvage, &prefix, /* reterr_why= */ NULL);
        if (r == -ENOMEM)
                return r;

        *ret = r == -EINVAL ? NULL : TAKE_PTR(prefix);
        return 0;
}

static int rule_new(const char *file, const char *prefix, Rule **ret) {
        _cleanup_(rule_freep) Rule *rule = calloc(1, sizeof(Rule));
        if (!rule || str_copy(file, &rule->file) < 0 || str_copy(prefix, &rule->prefix) < 0)
                return -ENOMEM;

        rule->threshold = 1;
        rule->enforce = true;
        *ret = TAKE_PTR(rule);
        return 0;
}

/* -EBADMSG with the text, or the rule. */
static int parse_rule(const char *file, const void *text, size_t size, Rule **ret, char **reterr_why) {
        _cleanup_(rule_freep) Rule *rule = NULL;
        _cleanup_free_ char *why = NULL;
        int r;

        r = rule_new(file, /* prefix= */ NULL, &rule);
        if (r < 0)
                return r;

        Draft draft = { .rule = rule };
        r = ini_parse(text, size, handle_line, &draft, &why);
        if (r >= 0)
                r = check_rule(&draft, &why);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return trust_refuse(reterr_why, -EBADMSG, "%s: %s", file, why ? why : "cannot be used");

        *ret = TAKE_PTR(rule);
        return 0;
}

static int break_rule(Rule *rule, const char *why) {
        return rule->broken ? 0 : str_copy(why, &rule->broken);
}

/* Breaks all rules of that prefix. Returns 1 if there were any. */
static int break_prefix(RuleSet *set, const char *prefix, const char *why) {
        int r, found = 0;

        for (size_t i = 0; i < set->n_rules; i++)
                if (prefix && streq_ptr(set->rules[i]->prefix, prefix)) {
                        r = break_rule(set->rules[i], why);
                        if (r < 0)
                                return r;
                        found = 1;
                }
        return found;
}

static const Rule *find_prefix(const RuleSet *set, const char *prefix) {
        for (size_t i = 0; i < set->n_rules; i++)
                if (streq_ptr(set->rules[i]->prefix, prefix))
                        return set->rules[i];
        return NULL;
}

static int append(RuleSet *set, Rule *rule) {
        Rule **more = reallocarray(set->rules, set->n_rules + 1, sizeof(Rule *));
        if (!more)
                return -ENOMEM;

        set->rules = more;
        set->rules[set->n_rules++] = rule;
        return 0;
}

static int append_broken(RuleSet *set, const char *file, const char *prefix, const char *why) {
        _cleanup_(rule_freep) Rule *rule = NULL;
        int r;

        r = rule_new(file, prefix, &rule);
        if (r >= 0)
                r = break_rule(rule, why);
        if (r >= 0)
                r = append(set, rule);
        if (r < 0)
                return r;

        rule = NULL;
        return 0;
}

int rule_set_add_broken(RuleSet *set, const char *file, const char *prefix, const char *why) {
        int r = break_prefix(set, prefix, why);
        return r != 0 ? MIN(r, 0) : append_broken(set, file, prefix, why);
}

/* A file that is broken by itself. */
static int add_unusable(RuleSet *set, const char *file, const void *text, size_t size, const char *why) {
        _cleanup_free_ char *prefix = NULL;
        int r;

        r = salvage_prefix(text, size, &prefix);
        if (r >= 0)
                r = break_prefix(set, prefix, why);
        if (r >= 0)
                r = append_broken(set, file, prefix, why);
        return r < 0 ? r : -EBADMSG;
}

/* A file that says something else about the same names: we cannot know which one was meant. */
static int add_duplicate(RuleSet *set, const Rule *rule, char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        const Rule *earlier = find_prefix(set, rule->prefix);
        int r;

        r = str_printf(&why, "%s: Prefix=%s is also in %s", rule->file, rule->prefix, earlier->file);
        if (r >= 0)
                r = break_prefix(set, rule->prefix, why);
        if (r >= 0)
                r = append_broken(set, rule->file, rule->prefix, why);
        return r < 0 ? r : trust_refuse(reterr_why, -EEXIST, "%s", why);
}

int rule_set_add(RuleSet *set, const char *file, const void *text, size_t size, char **reterr_why) {
        _cleanup_(rule_freep) Rule *rule = NULL;
        _cleanup_free_ char *why = NULL;
        int r;

        r = parse_rule(file, text, size, &rule, &why);
        if (r == -EBADMSG) {
                r = add_unusable(set, file, text, size, why);
                return r == -EBADMSG ? trust_refuse(reterr_why, r, "%s", why) : r;
        }
        if (r < 0)
                return r;
        if (find_prefix(set, rule->prefix))
                return add_duplicate(set, rule, reterr_why);

        r = append(set, rule);
        if (r < 0)
                return r;

        rule = NULL;
        return 0;
}

/* How specific the match is; -1: none. */
static ssize_t match_length(const char *prefix, const char *name) {
        return streq(prefix, "*") ? 0 : host_path_match(prefix, name);
}

const Rule *rule_set_match(const RuleSet *set, const char *name) {
        const Rule *best = NULL;
        ssize_t length = -1;

        for (size_t i = 0; i < set->n_rules; i++) {
                if (!set->rules[i]->prefix)
                        return set->rules[i];

                ssize_t n = match_length(set->rules[i]->prefix, name);
                if (n > length) {
                        best = set->rules[i];
                        length = n;
                }
        }

        return best;
}

const Rule *rule_set_at(const RuleSet *set, size_t i) {
        return i < set->n_rules ? set->rules[i] : NULL;
}
