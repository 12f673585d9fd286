/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the form of isolators and the arithmetic of their quantities.
 * Never: enforces one; refuses a name it does not know (the executor reports those).
 * Follows: App Container spec 0.8.11, ace.md, "Isolators"; the stricter one where text and code disagree. */

#include <stdio.h>

#include "basic/str.h"
#include "image/appc-isolator.h"
#include "image/appc-types.h"

/* A power of ten or, with `binary`, of two. */
typedef struct Unit {
        const char *suffix;
        int exponent;
        bool binary;
} Unit;

static int take_digits(const char **s, unsigned __int128 *mantissa, size_t *n) {
        for (; **s >= '0' && **s <= '9'; (*s)++, (*n)++)
                if (__builtin_mul_overflow(*mantissa, (unsigned __int128) 10, mantissa) ||
                    __builtin_add_overflow(*mantissa, (unsigned __int128) (**s - '0'), mantissa))
                        return -ERANGE;

        return 0;
}

/* The suffix and nothing behind it but blanks. "1E" is a unit, "1E3" has an exponent. */
static int parse_unit(const char *s, Unit *ret) {
        static const Unit units[] = {
                { "", 0 },          { "n", -9 },        { "u", -6 },        { "m", -3 },
                { "k", 3 },         { "K", 3 },         { "M", 6 },         { "G", 9 },
                { "T", 12 },        { "P", 15 },        { "E", 18 },        { "Ki", 10, true },
                { "Mi", 20, true }, { "Gi", 30, true }, { "Ti", 40, true }, { "Pi", 50, true },
                { "Ei", 60, true },
        };
        size_t length = strlen(s);

        while (length > 0 && s[length - 1] == ' ')
                length--;
        for (size_t i = 0; i < ELEMENTSOF(units); i++)
                if (strlen(units[i].suffix) == length && strncmp(s, units[i].suffix, length) == 0) {
                        *ret = units[i];
                        return 0;
                }

        bool negative = length > 1 && s[1] == '-';
        const char *digits = s + 1 + (length > 1 && (negative || s[1] == '+'));
        size_t n = s + length - digits;
        if (length < 2 || (*s != 'e' && *s != 'E') || n < 1 || n > 2 || strspn(digits, DIGITS) != n)
                return -EINVAL;

        int exponent = n == 1 ? digits[0] - '0' : 10 * (digits[0] - '0') + digits[1] - '0';
        *ret = (Unit) { .exponent = negative ? -exponent : exponent };
        return 0;
}

/* mantissa * 10^-fraction * unit * scale, rounded up. */
static int multiply(unsigned __int128 mantissa, size_t fraction, Unit unit, uint64_t scale, uint64_t *ret) {
        int tens = (unit.binary ? 0 : unit.exponent) - (int) fraction;
        bool overflow = __builtin_mul_overflow(mantissa, (unsigned __int128) scale, &mantissa);

        if (unit.binary)
                overflow |= __builtin_mul_overflow(mantissa, (unsigned __int128) 1 << unit.exponent,
                                                   &mantissa);
        for (; tens > 0 && mantissa > 0 && !overflow; tens--)
                overflow |= __builtin_mul_overflow(mantissa, (unsigned __int128) 10, &mantissa);

        /* Rounding up at each step gives the same as once at the end. */
        for (; tens < 0 && mantissa > 1 && !overflow; tens++)
                mantissa = mantissa / 10 + (mantissa % 10 > 0);

        if (overflow || mantissa > INT64_MAX) {
                if (!unit.binary)
                        return -ERANGE;
                mantissa = INT64_MAX;
        }

        *ret = mantissa;
        return 0;
}

static int parse_quantity(const char *s, uint64_t scale, uint64_t *ret) {
        unsigned __int128 mantissa = 0;
        size_t whole = 0, fraction = 0;
        Unit unit;

        s += strspn(s, " ");
        s += *s == '+';
        int r = take_digits(&s, &mantissa, &whole);
        if (r >= 0 && *s == '.') {
                s++;
                r = take_digits(&s, &mantissa, &fraction);
        }
        if (r < 0)
                return r;
        if (whole + fraction == 0)
                return -EINVAL;

        r = parse_unit(s, &unit);
        return r < 0 ? r : multiply(mantissa, fraction, unit, scale, ret);
}

int appc_quantity(const Json *value, uint64_t scale, uint64_t *ret) {
        char text[32];
        double real;

        if (json_text(value))
                return parse_quantity(json_text(value), scale, ret);
        if (json_double(value, &real) < 0)
                return -EINVAL;

        /* An integer as it stands; of a real the digits that a double keeps for sure, so that 0.3 is 0.3. */
        int64_t integer;
        if (json_int(value, &integer) >= 0)
                snprintf(text, sizeof(text), "%lld", (long long) integer);
        else
                snprintf(text, sizeof(text), "%.15g", real);

        return parse_quantity(text, scale, ret);
}

/* The checks below are decoders of which nothing is kept. */

static int check_quantity(const Json *value, void *unused, const JsonPath *at) {
        uint64_t ignored;
        return appc_quantity(value, 1, &ignored) < 0 ? json_refuse(at, "not a quantity") : 0;
}

static int check_default(const Json *value, bool wanted, const JsonPath *at) {
        bool b;

        if (json_bool(value, &b) < 0 || b != wanted)
                return json_refuse(at, "must be %s", wanted ? "true" : "false");

        return 0;
}

static int check_false(const Json *value, void *unused, const JsonPath *at) {
        return check_default(value, false, at);
}

static int check_true(const Json *value, void *unused, const JsonPath *at) {
        return check_default(value, true, at);
}

static int check_forbidden(const Json *value, void *unused, const JsonPath *at) {
        return json_refuse(at, "not allowed here");
}

static int check_text(const Json *value, void *unused, const JsonPath *at) {
        const char *text = json_text(value);
        return text && text[0] != '\0' ? 0 : json_refuse(at, "not a string, or empty");
}

static int check_context(const Json *value, void *unused, const JsonPath *at) {
        const char *text = json_text(value);
        return text && text[0] != '\0' && !strchr(text, ':') ? 0
                                                             : json_refuse(at, "not a part of a context");
}

static int check_set(const Json *value, void *unused, const JsonPath *at) {
        if (json_kind(value) != JSON_KIND_ARRAY || json_length(value) == 0)
                return json_refuse(at, "not an array, or empty");

        for (size_t i = 0; i < json_length(value); i++)
                if (!json_text(json_at(value, i)) || json_text(json_at(value, i))[0] == '\0')
                        return json_refuse(at, "not an array of names");

        return 0;
}

static int check_errno(const Json *value, void *unused, const JsonPath *at) {
        const char *text = json_text(value);
        if (!text)
                return json_refuse(at, "not a string");

        if (text[0] == '\0' || (text[0] == 'E' && strspn(text, UPPERCASE DIGITS) == strlen(text)))
                return 0;

        return json_refuse(at, "not the name of an error");
}

static int check_object(const Json *value, const JsonField *fields, const JsonPath *at) {
        char unused;
        return json_decode_object(value, fields, &unused, at);
}

static int check_compute(const Json *value, const JsonPath *at) {
        static const JsonField fields[] = {
                { "request", check_quantity },
                { "limit", check_quantity },
                { "default", check_false },
                {},
        };
        return check_object(value, fields, at);
}

static int check_bandwidth(const Json *value, const JsonPath *at) {
        static const JsonField fields[] = {
                { "default", check_true, 0, JSON_MANDATORY },
                { "limit", check_quantity },
                { "request", check_forbidden },
                {},
        };
        return check_object(value, fields, at);
}

static int check_seccomp(const Json *value, const JsonPath *at) {
        static const JsonField fields[] = {
                { "set", check_set, 0, JSON_MANDATORY },
                { "errno", check_errno },
                {},
        };
        return check_object(value, fields, at);
}

static int check_capabilities(const Json *value, const JsonPath *at) {
        static const JsonField fields[] = {
                { "set", check_set, 0, JSON_MANDATORY },
                {},
        };
        return check_object(value, fields, at);
}

static int check_selinux(const Json *value, const JsonPath *at) {
        static const JsonField fields[] = {
                { "user", check_context, 0, JSON_MANDATORY },
                { "role", check_context, 0, JSON_MANDATORY },
                { "type", check_context, 0, JSON_MANDATORY },
                { "level", check_text, 0, JSON_MANDATORY },
                {},
        };
        return check_object(value, fields, at);
}

static int check_apparmor(const Json *value, const JsonPath *at) {
        static const JsonField fields[] = {
                { "profile", check_text, 0, JSON_MANDATORY },
                {},
        };
        return check_object(value, fields, at);
}

static int check_flag(const Json *value, const JsonPath *at) {
        bool unused;
        return json_decode_bool(value, &unused, at);
}

static int check_sysctl(const Json *value, const JsonPath *at) {
        _cleanup_pairs_ Pairs unused = {};
        return json_decode_map(value, &unused, at);
}

static int check_range(const Json *value, int64_t min, int64_t max, const JsonPath *at) {
        int64_t i;

        if (json_int(value, &i) < 0 || i < min || i > max)
                return json_refuse(at, "not an integer from %lld to %lld", (long long) min, (long long) max);

        return 0;
}

static int check_oom_score(const Json *value, const JsonPath *at) {
        return check_range(value, -1000, 1000, at);
}

static int check_cpu_shares(const Json *value, const JsonPath *at) {
        return check_range(value, 2, 262144, at);
}

/* Isolators of one `group` say the same thing: there is one of them at most. */
static const struct Known {
        const char *name;
        int (*check)(const Json *value, const JsonPath *at);
        unsigned group; /* 0: none */
} known[] = {
        { "resource/memory", check_compute },
        { "resource/cpu", check_compute },
        { "resource/block-bandwidth", check_bandwidth },
        { "resource/block-iops", check_bandwidth },
        { "resource/network-bandwidth", check_bandwidth },
        { "os/linux/seccomp-remove-set", check_seccomp, 1 },
        { "os/linux/seccomp-retain-set", check_seccomp, 1 },
        { "os/linux/capabilities-remove-set", check_capabilities, 2 },
        { "os/linux/capabilities-retain-set", check_capabilities, 2 },
        { "os/linux/no-new-privileges", check_flag },
        { "os/linux/selinux-context", check_selinux, 3 },
        { "os/linux/apparmor-profile", check_apparmor, 4 },
        { "os/unix/sysctl", check_sysctl, 5 },
        { "os/linux/oom-score-adj", check_oom_score },
        { "os/linux/cpu-shares", check_cpu_shares },
};

static const struct Known *find_known(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (streq(name, known[i].name))
                        return &known[i];

        return NULL;
}

void appc_isolators_free(AppcIsolator *isolators, size_t n) {
        for (size_t i = 0; i < n; i++) {
                free(isolators[i].name);
                json_unref(isolators[i].value);
        }
        free(isolators);
}

const Json *appc_isolator_get(const AppcIsolator *isolators, size_t n, const char *name) {
        for (size_t i = 0; i < n; i++)
                if (streq(isolators[i].name, name))
                        return isolators[i].value;

        return NULL;
}

/* The row of "value" comes behind that of "name", which says what it must be. */
static int decode_value(const Json *value, void *member, const JsonPath *at) {
        AppcIsolator *isolator = member;
        const struct Known *k = find_known(isolator->name);

        int r = k ? k->check(value, at) : 0;
        if (r < 0)
                return r;

        isolator->value = json_ref(value);
        return 0;
}

static int encode_value(const void *member, Json **ret) {
        const AppcIsolator *isolator = member;
        return json_encode_any(&isolator->value, ret);
}

static const JsonField isolator_fields[] = {
        { "name", appc_decode_identifier, offsetof(AppcIsolator, name), JSON_MANDATORY, json_encode_string },
        { "value", decode_value, 0, 0, encode_value },
        {},
};

int appc_decode_isolator(const Json *value, void *member, const JsonPath *at) {
        AppcIsolator *isolator = member;

        int r = json_decode_object(value, isolator_fields, isolator, at);
        if (r < 0)
                return r;

        return !isolator->value && find_known(isolator->name) ? json_refuse(at, "no value") : 0;
}

int appc_encode_isolator(const void *member, Json **ret) {
        return json_encode_object(isolator_fields, member, ret);
}

int appc_isolators_check(const AppcIsolator *isolators, size_t n, const JsonPath *at) {
        const char *seen[6] = {};

        for (size_t i = 0; i < n; i++) {
                const struct Known *k = find_known(isolators[i].name);
                if (!k || k->group == 0)
                        continue;
                if (seen[k->group])
                        return json_refuse(at, "%s and %s exclude each other", seen[k->group], k->name);
                seen[k->group] = k->name;
        }

        return 0;
}
