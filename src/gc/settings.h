/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/amount.h"

/* How much the store may take, and how long what nobody needs is kept: gantry.conf(5) and gantry-gc(1). */
typedef struct Settings {
        Amount max_use, keep_free;
        uint64_t max_retention;                     /* seconds; AMOUNT_INFINITY: any time */
        uint64_t grace, prepared_grace, part_grace; /* seconds */
} Settings;

Settings settings_default(void);

/* Changes one of MaxUse, KeepFree and MaxRetention; an empty value goes back to the default. -EINVAL and
 * *reterr_why if that is none. */
int settings_set(Settings *s, const char *key, const char *value, char **reterr_why);

/* Changes what a file says. -EBADMSG and *reterr_why (may be NULL), which begins with `file`, if it cannot be
 * used. */
int settings_parse(Settings *s, const char *file, const void *text, size_t size, char **reterr_why);

/* gantry.conf and gantry.conf.d/ (*.conf), on top of what is there. */
int settings_load(Settings *s, char **reterr_why);
