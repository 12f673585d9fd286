/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Asks on the terminal, wherever standard input and output lead, for one line. With `secret` it is not shown.
 * -ENXIO or -ENOTTY: there is no terminal; -ENODATA: no line came. */
int prompt(const char *question, bool secret, char **ret);
