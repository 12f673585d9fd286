/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how this folder says why it refuses.
 * Never: prints; escapes (callers do, they know what is foreign).
 * Follows: STYLE.md, idiom 4. */

#include <stdarg.h>
#include <stdio.h>

#include "trust/refuse.h"

int trust_refuse(char **reterr_why, int error, const char *format, ...) {
        char *why = NULL;
        va_list ap;

        if (!reterr_why)
                return error;

        va_start(ap, format);
        int n = vasprintf(&why, format, ap);
        va_end(ap);
        if (n < 0)
                return -ENOMEM;

        free(*reterr_why);
        *reterr_why = why;
        return error;
}
