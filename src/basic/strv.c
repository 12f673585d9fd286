/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: lists of strings.
 * Never: shares a string with the caller.
 * Follows: the argv convention of execve(2). */

#include <stdarg.h>
#include <stdio.h>

#include "basic/str.h"
#include "basic/strv.h"

char **strv_free(char **l) {
        STRV_FOREACH(s, l)
                free(*s);
        free(l);
        return NULL;
}

size_t strv_length(char *const *l) {
        size_t n = 0;

        STRV_FOREACH(s, l)
                n++;

        return n;
}

bool strv_contains(char *const *l, const char *s) {
        STRV_FOREACH(i, l)
                if (streq(*i, s))
                        return true;

        return false;
}

/* Appends `s` and owns it from then on, also on failure. */
static int strv_consume(char ***l, char *s) {
        size_t n = strv_length(*l);
        char **grown = reallocarray(*l, n + 2, sizeof(char *));
        if (!grown) {
                free(s);
                return -ENOMEM;
        }

        grown[n] = s;
        grown[n + 1] = NULL;
        *l = grown;
        return 0;
}

int strv_add(char ***l, const char *s) {
        char *copy = strdup(s);
        return copy ? strv_consume(l, copy) : -ENOMEM;
}

int strv_addf(char ***l, const char *format, ...) {
        va_list ap;
        char *s;

        va_start(ap, format);
        int n = vasprintf(&s, format, ap);
        va_end(ap);

        return n < 0 ? -ENOMEM : strv_consume(l, s);
}

int strv_add_all(char ***l, char *const *more) {
        STRV_FOREACH(s, more) {
                int r = strv_add(l, *s);
                if (r < 0)
                        return r;
        }

        return 0;
}

int strv_join(char *const *l, const char *separator, char **ret) {
        size_t size = 1, between = strlen(separator);

        STRV_FOREACH(s, l)
                size += strlen(*s) + between;
        char *text = l ? malloc(size) : NULL;
        if (l && !text)
                return -ENOMEM;

        char *p = text;
        STRV_FOREACH(s, l) {
                if (s != l)
                        p = stpcpy(p, separator);
                p = stpcpy(p, *s);
        }

        *ret = text;
        return 0;
}

static int compare(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

void strv_sort(char **l) {
        if (l)
                qsort(l, strv_length(l), sizeof(char *), compare);
}
