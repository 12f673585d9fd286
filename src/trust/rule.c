/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the syntax of a trust rule.
 * Never: ignores a line it does not understand (what the rule governs is refused then); opens a file.
 * Follows: gantry-trust.d(5). */

#include <stdarg.h>
#include <stdio.h>

#include "basic/cursor.h"
#include "basic/ini.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "trust/rule.h"

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

const char *rule_signed_name_to_string(RuleSignedName signed_name) {
        return signed_name_names[signed_name];
}

Rule *rule_free(Rule *rule) {
        if (!rule)
                return NULL;

        free(rule->file);
        strv_free(rule->drop_ins);
        free(rule->prefix);
        strv_free(rule->keys);
        free(rule->key_places);
        strv_free(rule->directories);
        free(rule->directory_places);
        free(rule->broken);
        free(rule);
        return NULL;
}

int rule_new(const char *file, Rule **ret) {
        _cleanup_rule_ Rule *rule = calloc(1, sizeof(Rule));
        if (!rule || str_copy(file, &rule->file) < 0)
                return -ENOMEM;

        rule->threshold = 1;
        rule->enforce = true;
        rule->allow_stage1 = RULE_STAGE1_ISOLATED;
        *ret = TAKE_PTR(rule);
        return 0;
}

int rule_break(Rule *rule, RulePlace place, const char *format, ...) {
        _cleanup_free_ char *why = NULL;
        va_list ap;

        rule->enforce = true;
        if (rule->broken)
                return 0;

        va_start(ap, format);
        int n = vasprintf(&why, format, ap);
        va_end(ap);
        if (n < 0 || str_printf(&rule->broken, "%s:%u: %s", place.file, place.line, why) < 0)
                return -ENOMEM;

        rule->broken_why = rule->broken + strlen(rule->broken) - n;
        rule->broken_place = place;
        return 0;
}

static int set_prefix(Rule *rule, const char *value, RulePlace place, char **reterr_why) {
        int r;

        if (place.file != rule->file)
                return refuse(reterr_why, -EINVAL, "a drop-in cannot say Prefix=: it belongs into '%s'",
                              rule->file);
        r = rule_prefix_check(value, reterr_why);
        return r < 0 ? r : str_copy(value, &rule->prefix);
}

static int find_word(const char *value, const char *const *words, size_t n_words, unsigned *ret,
                     char **reterr_why) {
        for (unsigned i = 0; i < n_words; i++)
                if (streq(value, words[i])) {
                        *ret = i;
                        return 0;
                }

        return refuse_foreign(reterr_why, "unknown value", value);
}

static int set_require(Rule *rule, const char *value, RulePlace place, char **reterr_why) {
        unsigned word = rule->require;
        int r = find_word(value, require_names, ELEMENTSOF(require_names), &word, reterr_why);

        rule->require = word;
        return r;
}

static int set_signed_name(Rule *rule, const char *value, RulePlace place, char **reterr_why) {
        unsigned word = rule->signed_name;
        int r = find_word(value, signed_name_names, ELEMENTSOF(signed_name_names), &word, reterr_why);

        rule->signed_name = word;
        return r;
}

static int set_threshold(Rule *rule, const char *value, RulePlace place, char **reterr_why) {
        uint64_t n;

        if (str_to_u64(value, &n) < 0 || n < 1 || n > RULE_THRESHOLD_MAX)
                return refuse_foreign(reterr_why, "not a number from 1 to 64", value);

        rule->threshold = n;
        return 0;
}

static int set_enforce(Rule *rule, const char *value, RulePlace place, char **reterr_why) {
        return ini_parse_bool(value, &rule->enforce) < 0
                               ? refuse_foreign(reterr_why, "neither yes nor no", value)
                               : 0;
}

static int set_allow_stage1(Rule *rule, const char *value, RulePlace place, char **reterr_why) {
        return rule_stage1_parse(value, &rule->allow_stage1, reterr_why);
}

static int append_path(char ***paths, RulePlace **places, const char *path, RulePlace place) {
        size_t n = strv_length(*paths);
        RulePlace *more = reallocarray(*places, n + 1, sizeof(RulePlace));
        if (!more)
                return -ENOMEM;

        more[n] = place;
        *places = more;
        return strv_add(paths, path);
}

int rule_add_key(Rule *rule, const char *path, RulePlace place) {
        return strv_contains(rule->keys, path) ? 0
                                               : append_path(&rule->keys, &rule->key_places, path, place);
}

/* An empty value takes back what was said before. */
static int add_path(char ***paths, RulePlace **places, const char *value, RulePlace place,
                    char **reterr_why) {
        if (value[0] == '\0') {
                *paths = strv_free(*paths);
                return 0;
        }
        if (value[0] != '/')
                return refuse_foreign(reterr_why, "not an absolute path", value);
        if (strv_contains(*paths, value))
                return refuse_foreign(reterr_why, "the same path twice", value);

        return append_path(paths, places, value, place);
}

static int add_key(Rule *rule, const char *value, RulePlace place, char **reterr_why) {
        return add_path(&rule->keys, &rule->key_places, value, place, reterr_why);
}

static int add_directory(Rule *rule, const char *value, RulePlace place, char **reterr_why) {
        return add_path(&rule->directories, &rule->directory_places, value, place, reterr_why);
}

#define SIGNATURE (1U << RULE_REQUIRE_SIGNATURE)
#define DIGEST (1U << RULE_REQUIRE_DIGEST)
#define NOTHING (1U << RULE_REQUIRE_NOTHING)

static const struct {
        const char *key;
        int (*set)(Rule *rule, const char *value, RulePlace place, char **reterr_why);
        unsigned with; /* what Require= it says something with */
        bool is_list;  /* may come again, and adds up */
} settings[_RULE_SETTING_MAX] = {
        [RULE_PREFIX] = { "Prefix", set_prefix, SIGNATURE | DIGEST | NOTHING },
        [RULE_REQUIRE] = { "Require", set_require, SIGNATURE | DIGEST | NOTHING },
        [RULE_KEY] = { "Key", add_key, SIGNATURE, .is_list = true },
        [RULE_KEY_DIRECTORY] = { "KeyDirectory", add_directory, SIGNATURE, .is_list = true },
        [RULE_THRESHOLD] = { "Threshold", set_threshold, SIGNATURE },
        [RULE_SIGNED_NAME] = { "SignedName", set_signed_name, SIGNATURE },
        [RULE_ENFORCE] = { "Enforce", set_enforce, SIGNATURE | DIGEST },
        [RULE_ALLOW_STAGE1] = { "AllowStage1", set_allow_stage1, SIGNATURE | DIGEST | NOTHING },
};

static int apply(Rule *rule, RuleSetting i, const char *value, RulePlace place, char **reterr_why) {
        bool is_list = settings[i].is_list;
        int r;

        if (!is_list && rule->places[i].file == place.file)
                return refuse(reterr_why, -EINVAL, "a second %s=", settings[i].key);

        r = settings[i].set(rule, value, place, reterr_why);
        if (r < 0)
                return r;

        rule->places[i] = is_list && value[0] == '\0' ? (RulePlace) {} : place;
        return 0;
}

/* A rule while one of its files is read. */
typedef struct Draft {
        Rule *rule;
        const char *file;
} Draft;

static int begin_section(const char *section, void *userdata, char **reterr_why) {
        return streq(section, "Trust") ? 0 : refuse_foreign(reterr_why, "unknown section", section);
}

static int handle_line(const char *section, const char *key, const char *value, unsigned line,
                       void *userdata, char **reterr_why) {
        static const char *const keyless[] = { "Fulcio", "Rekor", "Issuer", "Identity" };
        const Draft *d = userdata;

        for (RuleSetting i = 0; i < _RULE_SETTING_MAX; i++)
                if (streq(key, settings[i].key))
                        return apply(d->rule, i, value, (RulePlace) { d->file, line }, reterr_why);
        for (size_t i = 0; i < ELEMENTSOF(keyless); i++)
                if (streq(key, keyless[i]))
                        return refuse(reterr_why, -EINVAL,
                                      "%s=: keyless signatures (Fulcio, Rekor) are not supported yet", key);
        return refuse_foreign(reterr_why, "unknown key", key);
}

/* Looks for the prefix alone, and believes it only if there is one. */
static int handle_salvage(const char *section, const char *key, const char *value, unsigned line,
                          void *userdata, char **reterr_why) {
        Rule *rule = userdata;

        if (!streq(section, "Trust") || !streq(key, "Prefix"))
                return 0;
        if (rule->prefix || rule_prefix_check(value, /* reterr_why= */ NULL) < 0)
                return -EINVAL;

        rule->places[RULE_PREFIX] = (RulePlace) { rule->file, line };
        return str_copy(value, &rule->prefix);
}

/* Behind a line that cannot be read there may be another prefix: anything that looks like one counts. */
static bool speaks_of_two(const void *text, size_t size) {
        static const char word[] = "Prefix";
        Cursor rest = cursor_of(text, size), head;
        const uint8_t *found = memmem(rest.p, rest.n, word, strlen(word));

        return found && cursor_take(&rest, found - rest.p + strlen(word), &head) &&
               memmem(rest.p, rest.n, word, strlen(word));
}

/* What a file that cannot be used would have governed; everything if it does not say. */
static int salvage_prefix(Rule *rule, const void *text, size_t size) {
        int r;

        free(TAKE_PTR(rule->prefix));
        r = ini_parse(text, size, handle_salvage, rule, /* reterr_why= */ NULL);
        if (r == -EINVAL || (r == -EBADMSG && speaks_of_two(text, size)))
                free(TAKE_PTR(rule->prefix));
        return r == -ENOMEM ? r : 0;
}

/* -EINVAL if it is broken now. */
static int read_text(Rule *rule, const char *file, const void *text, size_t size) {
        _cleanup_free_ char *why = NULL;
        unsigned line = 0;
        int r;

        r = ini_parse_at(text, size, begin_section, handle_line, &(Draft) { rule, file }, &line, &why);
        if (r == -ENOMEM || r >= 0)
                return r;

        r = rule_break(rule, (RulePlace) { file, line }, "%s", why);
        return r < 0 ? r : -EINVAL;
}

/* The rule's own name of one of its files, which places borrow. NULL on lack of memory. */
static const char *keep_file(Rule *rule, const char *file) {
        if (streq(file, rule->file))
                return rule->file;

        return strv_add(&rule->drop_ins, file) < 0 ? NULL : rule->drop_ins[strv_length(rule->drop_ins) - 1];
}

int rule_read(Rule *rule, const char *file, const void *text, size_t size) {
        const char *kept = keep_file(rule, file);
        int r;

        if (!kept)
                return -ENOMEM;
        if (rule->broken)
                return 0;

        r = read_text(rule, kept, text, size);
        if (r == -EINVAL)
                return kept == rule->file ? salvage_prefix(rule, text, size) : 0;
        return r;
}

int rule_read_failed(Rule *rule, const char *file, int error) {
        const char *kept = keep_file(rule, file);

        return kept ? rule_break(rule, (RulePlace) { kept, 1 }, "cannot be read: %s", strerror(-error))
                    : -ENOMEM;
}

int rule_complete(Rule *rule) {
        const RulePlace *places = rule->places;

        if (rule->broken)
                return 0;
        if (!rule->prefix)
                return rule_break(rule, (RulePlace) { rule->file, 1 }, "no Prefix=");

        for (RuleSetting i = 0; i < _RULE_SETTING_MAX; i++)
                if (places[i].file && !(settings[i].with & 1U << rule->require))
                        return rule_break(rule, places[i], "%s= says nothing with Require=%s",
                                          settings[i].key, rule_require_to_string(rule->require));
        if (rule->require == RULE_REQUIRE_SIGNATURE && !rule->keys && !rule->directories)
                return rule_break(rule, places[places[RULE_REQUIRE].file ? RULE_REQUIRE : RULE_PREFIX],
                                  "no Key= or KeyDirectory=, but a signature is required");
        return 0;
}

int rule_parse(const char *file, const void *text, size_t size, Rule **ret) {
        _cleanup_rule_ Rule *rule = NULL;
        int r;

        r = rule_new(file, &rule);
        if (r >= 0)
                r = rule_read(rule, file, text, size);
        if (r >= 0)
                r = rule_complete(rule);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(rule);
        return 0;
}
