/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Returns `error` (negative) with the formatted text in *reterr_why (may be NULL), or -ENOMEM. A text that
 * is there already is replaced. Foreign text in the arguments must have been escaped. */
int trust_refuse(char **reterr_why, int error, const char *format, ...) _printf_(3, 4);

/* The same with "WHAT: 'FOREIGN'", where the second part has not been escaped. */
int trust_refuse_quoting(char **reterr_why, int error, const char *what, const char *foreign);

/* The same with -EINVAL. */
int trust_refuse_foreign(char **reterr_why, const char *what, const char *foreign);
