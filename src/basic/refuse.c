/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how a reason travels beside an errno.
 * Never: prints anything.
 * Follows: STYLE: errno is for the program, text is for people. */

#include <stdarg.h>
#include <stdio.h>

#include "basic/refuse.h"

int refuse(char **reterr_why, int error, const char *format, ...) {
        va_list ap;
        char *s;

        if (!reterr_why)
                return error;

        va_start(ap, format);
        int n = vasprintf(&s, format, ap);
        va_end(ap);
        if (n < 0)
                return -ENOMEM;

        *reterr_why = s;
        return error;
}
