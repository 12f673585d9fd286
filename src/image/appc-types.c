/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the scalar types of appc and the lists of names with values.
 * Never: corrects a value; lets a name through that the spec's letters do not cover.
 * Follows: App Container spec 0.8.11, types.md and aci.md; its examples where text and code disagree. */

#include "basic/str.h"
#include "image/appc-types.h"

#define ALPHANUMERIC LOWERCASE DIGITS

static const struct {
        const char *os, *architecture;
} platforms[] = {
        { "linux", "amd64" },   { "linux", "i386" },    { "linux", "aarch64" }, { "linux", "aarch64_be" },
        { "linux", "armv6l" },  { "linux", "armv7l" },  { "linux", "armv7b" },  { "linux", "ppc64" },
        { "linux", "ppc64le" }, { "linux", "s390x" },   { "freebsd", "amd64" }, { "freebsd", "i386" },
        { "freebsd", "arm" },   { "darwin", "x86_64" }, { "darwin", "i386" },
};

static bool begins_and_ends_with(const char *s, const char *charset) {
        return strchr(charset, s[0]) && strchr(charset, s[strlen(s) - 1]);
}

/* The spec's pattern forbids two separators in a row, its own example has them ("example.com/~user/app_v1"),
 * its code allows them anywhere. */
bool appc_identifier_is_valid(const char *s) {
        return in_charset(s, ALPHANUMERIC "-._~/") && begins_and_ends_with(s, ALPHANUMERIC);
}

bool appc_name_is_valid(const char *s) {
        return in_charset(s, ALPHANUMERIC "-") && begins_and_ends_with(s, ALPHANUMERIC);
}

/* A number without leading zeros. Returns what follows, or NULL. */
static const char *skip_number(const char *s) {
        size_t n = strspn(s, DIGITS);
        return n == 0 || (n > 1 && s[0] == '0') ? NULL : s + n;
}

/* Identifiers separated by dots. Returns what follows, or NULL. */
static const char *skip_identifiers(const char *s, bool leading_zeros) {
        for (;; s++) {
                size_t n = strspn(s, DIGITS LOWERCASE UPPERCASE "-");
                if (n == 0 || (!leading_zeros && n > 1 && s[0] == '0' && strspn(s, DIGITS) == n))
                        return NULL;
                s += n;
                if (*s != '.')
                        return s;
        }
}

bool appc_version_is_valid(const char *s) {
        static const char ends[] = { '.', '.', '\0' };

        if (streq(s, "0.0.0"))
                return false;

        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                s = skip_number(s);
                if (!s)
                        return false;
                if (ends[i] != '\0' && *s++ != ends[i])
                        return false;
        }

        if (*s == '-')
                s = skip_identifiers(s + 1, /* leading_zeros= */ false);
        if (s && *s == '+')
                s = skip_identifiers(s + 1, /* leading_zeros= */ true);

        return s && *s == '\0';
}

/* Exactly `digits` digits between `min` and `max`, and then `end` (0: anything). */
static bool take_number(const char **s, size_t digits, unsigned min, unsigned max, char end, unsigned *ret) {
        unsigned v = 0;

        for (size_t i = 0; i < digits; i++) {
                char c = *(*s)++;
                if (c < '0' || c > '9')
                        return false;
                v = v * 10 + (c - '0');
        }

        *ret = v;
        return v >= min && v <= max && (end == '\0' || *(*s)++ == end);
}

static unsigned days_of(unsigned year, unsigned month) {
        static const unsigned days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        return month == 2 && leap ? 29 : days[month - 1];
}

bool appc_date_is_valid(const char *s) {
        unsigned year, month, day, ignored;

        if (!take_number(&s, 4, 0, 9999, '-', &year) || !take_number(&s, 2, 1, 12, '-', &month) ||
            !take_number(&s, 2, 1, days_of(year, month), 'T', &day) ||
            !take_number(&s, 2, 0, 23, ':', &ignored) || !take_number(&s, 2, 0, 59, ':', &ignored) ||
            !take_number(&s, 2, 0, 59, '\0', &ignored))
                return false;

        if (*s == '.') {
                size_t n = strspn(s + 1, DIGITS);
                if (n == 0)
                        return false;
                s += 1 + n;
        }

        if (streq(s, "Z"))
                return true;
        if (*s != '+' && *s != '-')
                return false;

        s++;
        return take_number(&s, 2, 0, 23, ':', &ignored) && take_number(&s, 2, 0, 59, '\0', &ignored) &&
               *s == '\0';
}

/* Skips slashes and "." to the next component; returns its length, 0 at the end. */
static size_t next_component(const char **p) {
        for (;;) {
                *p += strspn(*p, "/");
                size_t n = strcspn(*p, "/");
                if (n != 1 || **p != '.')
                        return n;
                (*p)++;
        }
}

/* Walks as far as the two are the same. Says whether a component of the first and of the second is left. */
static void walk_together(const char *a, const char *b, bool *ret_a, bool *ret_b) {
        for (;;) {
                size_t n = next_component(&a), m = next_component(&b);
                if (n == 0 || n != m || strncmp(a, b, n) != 0) {
                        *ret_a = n > 0;
                        *ret_b = m > 0;
                        return;
                }
                a += n;
                b += n;
        }
}

bool appc_paths_equal(const char *a, const char *b) {
        bool more_a, more_b;

        walk_together(a, b, &more_a, &more_b);
        return !more_a && !more_b;
}

bool appc_paths_overlap(const char *a, const char *b) {
        bool more_a, more_b;

        walk_together(a, b, &more_a, &more_b);
        return !more_a || !more_b;
}

const char *appc_architecture_of(const char *architecture, const char *variant) {
        static const struct {
                const char *architecture, *variant, *name;
        } table[] = {
                { "amd64", NULL, "amd64" }, { "386", NULL, "i386" },        { "arm64", NULL, "aarch64" },
                { "arm", "v6", "armv6l" },  { "arm", "v7", "armv7l" },      { "arm", NULL, "armv7l" },
                { "ppc64", NULL, "ppc64" }, { "ppc64le", NULL, "ppc64le" }, { "s390x", NULL, "s390x" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (streq(architecture, table[i].architecture) &&
                    (!table[i].variant || streq_ptr(variant, table[i].variant)))
                        return table[i].name;

        return NULL;
}

static bool environment_name_is_valid(const char *s) {
        return in_charset(s, LOWERCASE UPPERCASE DIGITS "_.-") && strchr(LOWERCASE UPPERCASE "_", s[0]);
}

static bool path_is_absolute(const char *s) {
        return s[0] == '/';
}

static bool target_is_valid(const char *s) {
        if (!path_is_absolute(s))
                return false;

        for (;;) {
                size_t n = next_component(&s);
                if (n == 0)
                        return true;
                if (n == 2 && s[0] == '.' && s[1] == '.')
                        return false;
                s += n;
        }
}

static int decode_checked(const Json *value, void *member, const JsonPath *at, bool (*valid)(const char *),
                          const char *what) {
        const char *text = json_text(value);

        if (!text)
                return json_refuse(at, "not a string");
        if (!valid(text))
                return json_refuse(at, "\"%.64s\" is not %s", text, what);

        return str_copy(text, member);
}

int appc_decode_identifier(const Json *value, void *member, const JsonPath *at) {
        return decode_checked(value, member, at, appc_identifier_is_valid, "an AC Identifier");
}

int appc_decode_name(const Json *value, void *member, const JsonPath *at) {
        return decode_checked(value, member, at, appc_name_is_valid, "an AC Name");
}

int appc_decode_version(const Json *value, void *member, const JsonPath *at) {
        return decode_checked(value, member, at, appc_version_is_valid, "a version of the spec");
}

int appc_decode_path(const Json *value, void *member, const JsonPath *at) {
        return decode_checked(value, member, at, path_is_absolute, "an absolute path");
}

int appc_decode_target(const Json *value, void *member, const JsonPath *at) {
        return decode_checked(value, member, at, target_is_valid, "an absolute path without \"..\"");
}

static int decode_environment_name(const Json *value, void *member, const JsonPath *at) {
        return decode_checked(value, member, at, environment_name_is_valid, "a name for the environment");
}

/* One {name, value}; a value that is absent is empty. */
static int decode_pair(const Json *value, Pair *pair, JsonDecode decode_name, const JsonPath *at) {
        const JsonField fields[] = {
                { "name", decode_name, offsetof(Pair, name), JSON_MANDATORY },
                { "value", json_decode_string, offsetof(Pair, value) },
                {},
        };

        int r = json_decode_object(value, fields, pair, at);
        if (r < 0)
                return r;

        return pair->value ? 0 : str_copy("", &pair->value);
}

static int decode_identified(const Json *value, void *member, const JsonPath *at) {
        return decode_pair(value, member, appc_decode_identifier, at);
}

static int decode_variable(const Json *value, void *member, const JsonPath *at) {
        return decode_pair(value, member, decode_environment_name, at);
}

static int decode_pairs(const Json *value, Pairs *pairs, JsonDecode decode_item, const JsonPath *at) {
        const JsonField how = {
                .decode = decode_item,
                .offset = offsetof(Pairs, items),
                .item_size = sizeof(Pair),
                .count_offset = offsetof(Pairs, n),
        };

        int r = json_decode_items(value, &how, pairs, at);
        if (r < 0)
                return r;

        const char *twice = pairs_find_duplicate(pairs);
        return twice ? json_refuse(at, "\"%.64s\" comes twice", twice) : 0;
}

/* For NULL, any architecture of that system is meant. */
static bool platform_is_known(const char *os, const char *architecture) {
        for (size_t i = 0; i < ELEMENTSOF(platforms); i++)
                if (streq(os, platforms[i].os) &&
                    (!architecture || streq(architecture, platforms[i].architecture)))
                        return true;

        return false;
}

int appc_decode_labels(const Json *value, void *member, const JsonPath *at) {
        Pairs *labels = member;

        int r = decode_pairs(value, labels, decode_identified, at);
        if (r < 0)
                return r;

        if (pairs_get(labels, "name"))
                return json_refuse(at, "a label may not be called \"name\"");

        const char *os = pairs_get(labels, "os");
        if (os && !platform_is_known(os, pairs_get(labels, "arch")))
                return json_refuse(at, "os and arch are no platform of the spec");

        return 0;
}

static bool web_address_is_valid(const char *s) {
        const char *rest = startswith(s, "https://");
        if (!rest)
                rest = startswith(s, "http://");

        return rest && *rest != '\0';
}

int appc_decode_annotations(const Json *value, void *member, const JsonPath *at) {
        static const struct {
                const char *name;
                bool (*valid)(const char *value);
                const char *what;
        } known[] = {
                { "created", appc_date_is_valid, "a date as in RFC 3339" },
                { "homepage", web_address_is_valid, "a http or https address" },
                { "documentation", web_address_is_valid, "a http or https address" },
        };
        const Pairs *annotations = member;

        int r = decode_pairs(value, member, decode_identified, at);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ELEMENTSOF(known); i++) {
                const char *v = pairs_get(annotations, known[i].name);
                if (v && !known[i].valid(v))
                        return json_refuse(at, "%s is not %s", known[i].name, known[i].what);
        }

        return 0;
}

int appc_decode_environment(const Json *value, void *member, const JsonPath *at) {
        return decode_pairs(value, member, decode_variable, at);
}

static int encode_pair(const void *member, Json **ret) {
        static const JsonField fields[] = {
                { "name", NULL, offsetof(Pair, name), 0, json_encode_string },
                { "value", NULL, offsetof(Pair, value), 0, json_encode_string },
                {},
        };

        return json_encode_object(fields, member, ret);
}

int appc_encode_pairs(const void *member, Json **ret) {
        static const JsonField how = {
                .encode = encode_pair,
                .offset = offsetof(Pairs, items),
                .item_size = sizeof(Pair),
                .count_offset = offsetof(Pairs, n),
        };

        return json_encode_items(&how, member, ret);
}
