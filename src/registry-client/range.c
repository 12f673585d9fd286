/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading Content-Range and Retry-After headers.
 * Never: takes half a header for a whole one; asks what time it is.
 * Follows: RFC 9110, 14.4, 10.2.3 and 5.6.7. */

#include <strings.h>

#include "basic/str.h"
#include "registry-client/range.h"

#define UNIT "bytes "
#define DATE_SIZE 64U
#define USUAL "%a, %d %b %Y %H:%M:%S GMT"
#define RFC850 "%A, %d-%b-%y %H:%M:%S GMT"
#define ASCTIME "%a %b %e %H:%M:%S %Y"

static bool number(const char *text, uint64_t *ret) {
        return str_to_u64(text, ret) >= 0 && *ret <= INT64_MAX;
}

int content_range_parse(const char *text, ContentRange *ret) {
        ContentRange r = { .total = CONTENT_RANGE_UNKNOWN };

        if (strncasecmp(text, UNIT, strlen(UNIT)) != 0)
                return -EBADMSG;

        _cleanup_free_ char *copy = strdup(text + strlen(UNIT));
        if (!copy)
                return -ENOMEM;

        char *total = copy, *last = strsep(&total, "/");
        if (!total || (!streq(total, "*") && !number(total, &r.total)))
                return -EBADMSG;

        r.satisfied = !streq(last, "*");
        if (r.satisfied) {
                const char *first = strsep(&last, "-");
                if (!last || !number(first, &r.first) || !number(last, &r.last) || r.first > r.last ||
                    r.last >= r.total)
                        return -EBADMSG;
        } else if (r.total == CONTENT_RANGE_UNKNOWN)
                return -EBADMSG;

        *ret = r;
        return 0;
}

/* True if that is one of the three ways to write the moment. */
static bool spells(const char *text, const struct tm *tm) {
        char usual[DATE_SIZE], rfc850[DATE_SIZE], asctime[DATE_SIZE];

        return (strftime(usual, DATE_SIZE, USUAL, tm) > 0 && streq(text, usual)) ||
               (strftime(rfc850, DATE_SIZE, RFC850, tm) > 0 && streq(text, rfc850)) ||
               (strftime(asctime, DATE_SIZE, ASCTIME, tm) > 0 && streq(text, asctime));
}

/* strptime() is generous, so what it has read must be written just so. No program of ours calls setlocale():
 * the names are the English ones. */
static bool date(const char *text, time_t *ret) {
        static const char *const formats[] = { USUAL, RFC850, ASCTIME };

        for (size_t i = 0; i < ELEMENTSOF(formats); i++) {
                struct tm tm = {};

                if (!strptime(text, formats[i], &tm))
                        continue;

                time_t t = timegm(&tm); /* also mends February 30 and the day of the week */
                if (!spells(text, &tm))
                        return false;

                *ret = t;
                return true;
        }

        return false;
}

int retry_after_parse(const char *text, time_t now, uint64_t *ret_seconds) {
        uint64_t seconds;
        time_t t;

        if (number(text, &seconds))
                *ret_seconds = seconds;
        else if (date(text, &t))
                *ret_seconds = t > now ? t - now : 0;
        else
                return -EBADMSG;

        return 0;
}
