/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how a reason travels beside an errno.
 * Never: prints; guesses what is foreign and has to be escaped.
 * Follows: STYLE: errno is for the program, text is for people. */

#include <stdarg.h>
#include <stdio.h>

#include "basic/refuse.h"
#include "basic/str.h"

#define FOREIGN_MAX 256U

int refuse(char **reterr_why, int error, const char *format, ...) {
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

int refuse_quoting(char **reterr_why, int error, const char *what, const char *foreign) {
        _cleanup_free_ char *escaped = str_escape(foreign, strlen(foreign), FOREIGN_MAX);
        if (!escaped)
                return -ENOMEM;

        return refuse(reterr_why, error, "%s: '%s'", what, escaped);
}

int refuse_foreign(char **reterr_why, const char *what, const char *foreign) {
        return refuse_quoting(reterr_why, -EINVAL, what, foreign);
}
