/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* A NULL-terminated array of owned strings, as execve(2) wants it. NULL is the empty one. */

char **strv_free(char **l);
DEFINE_CLEANUP(char *, strv_free)
#define _cleanup_strv_ _cleanup_(strv_freep)

size_t strv_length(char *const *l);
bool strv_contains(char *const *l, const char *s);

/* Appends a copy of `s`. 0 or -ENOMEM. */
int strv_add(char ***l, const char *s);

/* Appends formatted text. 0 or -ENOMEM. */
int strv_addf(char ***l, const char *format, ...) _printf_(2, 3);

/* Appends copies of all of `more`. 0 or -ENOMEM. */
int strv_add_all(char ***l, char *const *more);

/* All of them with `separator` in between; the empty one gives NULL. 0 or -ENOMEM. */
int strv_join(char *const *l, const char *separator, char **ret);

/* In the order of strcmp(3). */
void strv_sort(char **l);

#define STRV_FOREACH(s, l) for (char *const *s = (l); s && *s; s++)
