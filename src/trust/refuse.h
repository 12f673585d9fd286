/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Returns `error` (negative) with the formatted text in *reterr_why (may be NULL), or -ENOMEM. A text that
 * is there already is replaced. Foreign text in the arguments must have been escaped. */
int trust_refuse(char **reterr_why, int error, const char *format, ...) _printf_(3, 4);
