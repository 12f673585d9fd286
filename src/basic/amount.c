/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how room on the disk and time spans are written.
 * Never: rounds down what people asked to keep; takes a number whose unit it does not know.
 * Follows: systemd.time(7); journald.conf(5) and systemd.resource-control(5) for sizes. */

#include <inttypes.h>
#include <stdio.h>

#include "basic/amount.h"
#include "basic/str.h"

typedef struct Unit {
        const char *name;
        uint64_t factor;
} Unit;

static const Unit sizes[] = {
        { "E", 1ULL << 60 }, { "P", 1ULL << 50 }, { "T", 1ULL << 40 }, { "G", 1ULL << 30 },
        { "M", 1ULL << 20 }, { "K", 1ULL << 10 }, { "", 1 },           {},
};

#define SECOND 1000000ULL
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEAR (31557600 * SECOND) /* 365.25 days */

/* The first of each length is the one that is written. */
static const Unit spans[] = {
        { "y", YEAR },
        { "year", YEAR },
        { "years", YEAR },
        { "month", YEAR / 12 },
        { "M", YEAR / 12 },
        { "months", YEAR / 12 },
        { "w", 7 * DAY },
        { "week", 7 * DAY },
        { "weeks", 7 * DAY },
        { "d", DAY },
        { "day", DAY },
        { "days", DAY },
        { "h", HOUR },
        { "hr", HOUR },
        { "hour", HOUR },
        { "hours", HOUR },
        { "min", MINUTE },
        { "m", MINUTE },
        { "minute", MINUTE },
        { "minutes", MINUTE },
        { "s", SECOND },
        { "sec", SECOND },
        { "second", SECOND },
        { "seconds", SECOND },
        { "", SECOND },
        { "ms", 1000 },
        { "msec", 1000 },
        { "us", 1 },
        { "usec", 1 },
        { "µs", 1 },
        {},
};

static const Unit *find_unit(const Unit *units, const char *name, size_t n) {
        for (const Unit *u = units; u->name; u++)
                if (strlen(u->name) == n && strncmp(u->name, name, n) == 0)
                        return u;

        return NULL;
}

/* The digits at *p, which is moved behind them. */
static int take_number(const char **p, uint64_t *ret) {
        size_t n = strspn(*p, DIGITS);
        _cleanup_free_ char *digits = strndup(*p, n);
        if (!digits)
                return -ENOMEM;

        *p += n;
        return str_to_u64(digits, ret);
}

/* ".5" of a unit, three digits at most. */
static int take_fraction(const char **p, uint64_t factor, uint64_t *ret) {
        uint64_t digits, scale = 1;
        const char *start = *p + 1;

        *p = start;
        int r = take_number(p, &digits);
        if (r < 0)
                return r;
        if (*p - start > 3)
                return -EINVAL;
        for (const char *d = start; d < *p; d++)
                scale *= 10;

        *ret = factor / scale * digits + factor % scale * digits / scale;
        return 0;
}

static int parse_size(const char *text, uint64_t *ret) {
        uint64_t whole, fraction = 0, bytes;
        const char *p = text;

        int r = take_number(&p, &whole);
        if (r < 0)
                return r;

        const char *name = p + strcspn(p, UPPERCASE);
        const Unit *unit = find_unit(sizes, name, strlen(name));
        if (!unit)
                return -EINVAL;
        if (*p == '.' && unit->factor > 1) {
                r = take_fraction(&p, unit->factor, &fraction);
                if (r < 0)
                        return r;
        }
        if (p != name)
                return -EINVAL;
        if (__builtin_mul_overflow(whole, unit->factor, &bytes) ||
            __builtin_add_overflow(bytes, fraction, &bytes) || bytes == AMOUNT_INFINITY)
                return -ERANGE;

        *ret = bytes;
        return 0;
}

int amount_parse(const char *text, Amount *ret) {
        Amount a = { .bytes = AMOUNT_INFINITY };
        const char *p = text;
        uint64_t percent;
        int r = 0;

        if (endswith(text, "%")) {
                r = take_number(&p, &percent);
                if (r >= 0)
                        r = !streq(p, "%") ? -EINVAL : percent < 1 || percent > 100 ? -ERANGE : 0;
                if (r >= 0)
                        a.percent = percent;
        } else if (!streq(text, "infinity"))
                r = parse_size(text, &a.bytes);
        if (r < 0)
                return r;

        *ret = a;
        return 0;
}

uint64_t amount_bytes(const Amount *a, uint64_t total) {
        if (a->percent == 0)
                return a->bytes;

        uint64_t share = total / 100 * a->percent + total % 100 * a->percent / 100;
        return MIN(a->bytes, share);
}

void amount_format(uint64_t bytes, char ret[static 16]) {
        const Unit *u = sizes;

        while (u->factor > 1 && bytes < u->factor)
                u++;
        uint64_t whole = bytes / u->factor, tenth = bytes % u->factor * 10 / u->factor;

        if (tenth > 0 && whole < 100)
                (void) snprintf(ret, 16, "%" PRIu64 ".%" PRIu64 "%s", whole, tenth, u->name);
        else
                (void) snprintf(ret, 16, "%" PRIu64 "%s", whole, u->name);
}

/* One "2h" of several: the number at *p, which is moved behind its unit and the blanks there. */
static int take_span(const char **p, uint64_t *ret) {
        uint64_t whole, fraction = 0, span;

        int r = take_number(p, &whole);
        if (r < 0)
                return r;

        const char *name = *p + (**p == '.' ? 1 + strspn(*p + 1, DIGITS) : 0);
        name += strspn(name, " ");
        size_t n = strcspn(name, DIGITS " ");
        const Unit *unit = find_unit(spans, name, n);
        if (!unit)
                return -EINVAL;
        if (**p == '.') {
                r = take_fraction(p, unit->factor, &fraction);
                if (r < 0)
                        return r;
        }
        if (__builtin_mul_overflow(whole, unit->factor, &span) ||
            __builtin_add_overflow(span, fraction, &span))
                return -ERANGE;

        *p = name + n;
        *p += strspn(*p, " ");
        *ret = span;
        return 0;
}

int span_parse_usec(const char *text, uint64_t *ret) {
        uint64_t total = 0, span;
        const char *p = text;

        if (streq(text, "infinity")) {
                *ret = AMOUNT_INFINITY;
                return 0;
        }

        do {
                int r = take_span(&p, &span);
                if (r < 0)
                        return r;
                if (__builtin_add_overflow(total, span, &total))
                        return -ERANGE;
        } while (*p);

        *ret = total;
        return 0;
}

int span_parse(const char *text, uint64_t *ret) {
        uint64_t usec;

        int r = span_parse_usec(text, &usec);
        if (r < 0)
                return r;
        if (usec != AMOUNT_INFINITY && usec % SECOND > 0)
                return -EINVAL;

        *ret = usec == AMOUNT_INFINITY ? usec : usec / SECOND;
        return 0;
}

void span_format(uint64_t seconds, char ret[static 32]) {
        size_t n = 0;
        unsigned parts = 0;

        ret[0] = '\0';
        for (const Unit *u = spans; u->factor >= SECOND && parts < 2; u++) {
                uint64_t factor = u->factor / SECOND;

                if (seconds < factor)
                        continue;
                n += snprintf(ret + n, 32 - n, "%s%" PRIu64 "%s", parts > 0 ? " " : "", seconds / factor,
                              u->name);
                seconds %= factor;
                parts++;
        }
        if (parts == 0)
                strcpy(ret, "0s");
}
