/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <time.h>

#include "basic/macro.h"

#define CONTENT_RANGE_UNKNOWN UINT64_MAX

/* Which bytes a 206 answer has, or how many there are according to a 416. */
typedef struct ContentRange {
        bool satisfied;       /* 206: first and last are given, first ≤ last < total */
        uint64_t first, last; /* both inclusive */
        uint64_t total;       /* CONTENT_RANGE_UNKNOWN if not said; up to INT64_MAX, as are the others */
} ContentRange;

/* The value of Content-Range: "bytes A-B/T", a star for T if the server does not know it; in a 416 a star for
 * A-B instead. 0, -EBADMSG or -ENOMEM. */
int content_range_parse(const char *text, ContentRange *ret);

/* The value of Retry-After: seconds, or a date, of which the seconds from `now` on are returned (0 if it is
 * past). The caller knows how long is too long. 0 or -EBADMSG. */
int retry_after_parse(const char *text, time_t now, uint64_t *ret_seconds);
