/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Returns `error`, having put the text into *reterr_why if that is wanted; -ENOMEM if there is no memory
 * for it. Text that is there already is replaced. Foreign text in the arguments must have been escaped. */
int refuse(char **reterr_why, int error, const char *format, ...) _printf_(3, 4);

/* The same with "WHAT: 'FOREIGN'", where the second part has not been escaped. */
int refuse_quoting(char **reterr_why, int error, const char *what, const char *foreign);

/* The same with -EINVAL. */
int refuse_foreign(char **reterr_why, const char *what, const char *foreign);
