/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Returns `error`, having put the text into *reterr_why if that is wanted; -ENOMEM if there is no memory
 * for it. */
int refuse(char **reterr_why, int error, const char *format, ...) _printf_(3, 4);
