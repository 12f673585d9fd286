/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the values of unit properties that are not lists.
 * Never: takes more than systemd does; knows which property wants which.
 * Follows: systemd.syntax(7), systemd.resource-control(5), systemd.exec(5), systemd.service(5). */

#include <stdio.h>

#include "basic/amount.h"
#include "basic/ini.h"
#include "basic/str.h"
#include "pod/unit-value.h"

#define INFINITE UINT64_MAX
#define MEMORY_LIMIT (UINT64_MAX - 1) /* the manager takes more for no limit at all */
#define SHARES UINT32_MAX             /* what the manager takes for 100 % */
#define PERMYRIAD 10000
#define CPUS_MAX 8192 /* as the kernel */

int unit_value_word(const char **p, char **ret) {
        *p += strspn(*p, " \t");
        size_t n = strcspn(*p, " \t");
        char *word = n > 0 ? strndup(*p, n) : NULL;

        if (n > 0 && !word)
                return -ENOMEM;

        *p += n;
        *ret = word;
        return 0;
}

static int set_number(UnitProperty *p, uint64_t number) {
        UnitPropertyItem *item = unit_property_add(p);
        if (!item)
                return -ENOMEM;

        item->numbers[0] = number;
        return 0;
}

static int set_text(UnitProperty *p, const char *text) {
        UnitPropertyItem *item = unit_property_add(p);
        return item ? str_copy(text, &item->text) : -ENOMEM;
}

static int parse_boolean(const char *value, const char *words, UnitProperty *p) {
        bool b;
        int r = ini_parse_bool(value, &b);

        return r < 0 ? r : set_number(p, b);
}

static int parse_text(const char *value, const char *words, UnitProperty *p) {
        return value[0] == '\0' || strchr(value, '\n') ? -EINVAL : set_text(p, value);
}

static int parse_slice(const char *value, const char *words, UnitProperty *p) {
        const char *suffix = endswith(value, ".slice");

        return suffix && suffix > value && in_charset(value, DIGITS LOWERCASE UPPERCASE ":-_.\\")
                               ? set_text(p, value)
                               : -EINVAL;
}

/* The place of `word` in the list, where "?" keeps the place of a number that has no word. */
static int find_word(const char *word, const char *words) {
        size_t n = strlen(word);
        int place = 0;

        for (const char *w = words; n > 0 && *w; w += *w == ' ', place++) {
                size_t m = strcspn(w, " ");
                if (n == m && strncmp(w, word, n) == 0)
                        return streq(word, "?") ? -EINVAL : place;
                w += m;
        }

        return -EINVAL;
}

static int parse_word(const char *value, const char *words, UnitProperty *p) {
        return find_word(value, words) < 0 ? -EINVAL : set_text(p, value);
}

static int parse_coded_word(const char *value, const char *words, UnitProperty *p) {
        int code = find_word(value, words);
        return code < 0 ? code : set_number(p, code);
}

static int parse_integer(const char *value, const char *words, UnitProperty *p) {
        bool negative = value[0] == '-';
        long long min = 0, max = 0;
        uint64_t magnitude;

        if (sscanf(words, "%lld %lld", &min, &max) != 2 || str_to_u64(value + negative, &magnitude) < 0 ||
            magnitude > INT64_MAX)
                return -EINVAL;
        long long number = negative ? -(long long) magnitude : (long long) magnitude;

        return number < min || number > max ? -EINVAL : set_number(p, number);
}

static int parse_weight(const char *value, const char *words, UnitProperty *p) {
        uint64_t weight;

        int r = str_to_u64(value, &weight);
        return r < 0 || weight < 1 || weight > 10000 ? -EINVAL : set_number(p, weight);
}

static int parse_cpu_weight(const char *value, const char *words, UnitProperty *p) {
        return streq(value, "idle") ? set_number(p, 0) : parse_weight(value, words, p);
}

/* "12.34%" as 1234. */
static int parse_permyriad(const char *value, uint64_t *ret) {
        _cleanup_free_ char *whole = strndup(value, strspn(value, DIGITS));
        uint64_t percent, hundredths = 0;
        const char *p = value;

        if (!whole)
                return -ENOMEM;
        int r = str_to_u64(whole, &percent);
        if (r < 0 || percent > 1000000)
                return -EINVAL;
        p += strlen(whole);
        if (*p == '.') {
                size_t n = strspn(++p, DIGITS);
                if (n < 1 || n > 2)
                        return -EINVAL;
                hundredths = (p[0] - '0') * 10 + (n > 1 ? p[1] - '0' : 0);
                p += n;
        }
        if (!streq(p, "%"))
                return -EINVAL;

        *ret = percent * 100 + hundredths;
        return 0;
}

/* A share of all there is, which has a property of its own. */
static int parse_scale(const char *value, UnitProperty *p) {
        uint64_t permyriad;

        int r = parse_permyriad(value, &permyriad);
        if (r < 0)
                return r;
        if (permyriad > PERMYRIAD)
                return -EINVAL;

        strncat(p->name, "Scale", sizeof(p->name) - strlen(p->name) - 1);
        p->signature = "u";
        return set_number(p, permyriad * SHARES / PERMYRIAD);
}

static int parse_size(const char *value, const char *words, UnitProperty *p) {
        Amount amount;

        if (endswith(value, "%"))
                return parse_scale(value, p);
        int r = amount_parse(value, &amount);
        if (r < 0 || (amount.bytes >= MEMORY_LIMIT && !streq(value, "infinity")))
                return r == -ENOMEM ? r : -EINVAL;

        return set_number(p, amount.bytes);
}

/* The manager refuses a limit of nothing, but only when the pod is started. */
static int parse_size_limit(const char *value, const char *words, UnitProperty *p) {
        int r = parse_size(value, words, p);
        return r < 0 || p->items[p->n_items - 1].numbers[0] > 0 ? r : -EINVAL;
}

static int parse_tasks(const char *value, const char *words, UnitProperty *p) {
        uint64_t n;

        if (endswith(value, "%"))
                return parse_scale(value, p);
        if (streq(value, "infinity"))
                return set_number(p, INFINITE);
        int r = str_to_u64(value, &n);

        return r < 0 || n == 0 || n == INFINITE ? -EINVAL : set_number(p, n);
}

/* The time of one processor is 100 %; the manager counts it in microseconds a second. */
static int parse_quota(const char *value, const char *words, UnitProperty *p) {
        uint64_t permyriad;

        if (streq(value, "infinity"))
                return set_number(p, INFINITE);
        int r = parse_permyriad(value, &permyriad);

        return r < 0 || permyriad == 0 ? -EINVAL : set_number(p, permyriad * 100);
}

static int parse_share(const char *value, const char *words, UnitProperty *p) {
        uint64_t permyriad;

        int r = parse_permyriad(value, &permyriad);
        return r < 0 || permyriad > PERMYRIAD ? -EINVAL : set_number(p, permyriad * SHARES / PERMYRIAD);
}

static int parse_span(const char *value, const char *words, UnitProperty *p) {
        uint64_t usec;

        int r = span_parse_usec(value, &usec);
        return r < 0 ? (r == -ENOMEM ? r : -EINVAL) : set_number(p, usec);
}

/* One "2" or "4-7" of a set. */
static int add_cpus(const char *range, uint8_t *mask, size_t *size) {
        _cleanup_free_ char *first = strndup(range, strcspn(range, "-"));
        uint64_t from, to;

        if (!first)
                return -ENOMEM;
        if (str_to_u64(first, &from) < 0)
                return -EINVAL;
        to = from;
        if (range[strlen(first)] && str_to_u64(range + strlen(first) + 1, &to) < 0)
                return -EINVAL;
        if (from > to || to >= CPUS_MAX)
                return -EINVAL;

        for (uint64_t i = from; i <= to; i++)
                mask[i / 8] |= 1 << i % 8;
        *size = MAX(*size, to / 8 + 1);
        return 0;
}

static int parse_cpus(const char *value, const char *words, UnitProperty *p) {
        _cleanup_free_ uint8_t *mask = calloc(CPUS_MAX / 8, 1);
        _cleanup_free_ char *copy = strdup(value);
        size_t size = 0;
        int r = 0;

        if (!mask || !copy)
                return -ENOMEM;
        for (char *range, *rest = copy; r >= 0 && (range = strsep(&rest, ", "));)
                if (*range)
                        r = add_cpus(range, mask, &size);
        UnitPropertyItem *item = r < 0 ? NULL : unit_property_add(p);
        if (!item)
                return r < 0 ? r : -ENOMEM;

        item->bytes = (Blob) { TAKE_PTR(mask), size };
        return 0;
}

const UnitValueKind unit_boolean = { "b", "yes or no", parse_boolean };
const UnitValueKind unit_text = { "s", "some text", parse_text };
const UnitValueKind unit_slice = { "s", "the name of a slice, as 'machine.slice' is", parse_slice };
const UnitValueKind unit_word = { "s", NULL, parse_word };
const UnitValueKind unit_coded_word = { "i", NULL, parse_coded_word };
const UnitValueKind unit_integer = { "i", "a number from", parse_integer };
const UnitValueKind unit_count = { "u", "a number from", parse_integer };
const UnitValueKind unit_weight = { "t", "a weight from 1 to 10000", parse_weight };
const UnitValueKind unit_cpu_weight = { "t", "a weight from 1 to 10000, or 'idle'", parse_cpu_weight };
const UnitValueKind unit_size = { "t",
                                  "a number of bytes (K, M, G or T may follow), a percentage or 'infinity'",
                                  parse_size, .spelling = UNIT_LITERAL };
const UnitValueKind unit_size_limit = {
        "t", "a number of bytes from 1 (K, M, G or T may follow), a percentage or 'infinity'",
        parse_size_limit, .spelling = UNIT_LITERAL
};
const UnitValueKind unit_tasks = { "t", "a number from 1, a percentage or 'infinity'", parse_tasks,
                                   .spelling = UNIT_LITERAL };
const UnitValueKind unit_quota = { "t", "a percentage of the time of one processor, or 'infinity'",
                                   parse_quota, .spelling = UNIT_LITERAL };
const UnitValueKind unit_share = { "u", "a percentage from 0% to 100%", parse_share,
                                   .spelling = UNIT_LITERAL };
const UnitValueKind unit_span = { "t", "a time span, as '90', '2min 30s' and 'infinity' are", parse_span };
const UnitValueKind unit_cpus = { "ay", "numbers and ranges, as in '0,2,4-7'", parse_cpus };
