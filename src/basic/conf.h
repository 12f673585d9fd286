/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Lists the files named *`suffix` in gantry/`directory` below /etc, /run, /usr/local/lib and /usr/lib: a
 * name found in an earlier directory hides the same name in later ones, an empty file or link to
 * /dev/null hides and is not listed. Sorted by file name, absolute paths, strv owned by the caller.
 * $GANTRY_CONFIG_ROOT is put in front of the four (for tests). */
int conf_files(const char *directory, const char *suffix, char ***ret);
