/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Lists the files named *`suffix` in gantry/`directory` below /etc, /run, /usr/local/lib and /usr/lib: a
 * name found in an earlier directory hides the same name in later ones, an empty file or link to
 * /dev/null hides and is not listed. Sorted by file name, absolute paths, strv owned by the caller.
 * $GANTRY_CONFIG_ROOT is put in front of the four (for tests). */
int conf_files(const char *directory, const char *suffix, char ***ret);

/* The same in directories of one's own choice, absolute paths, the first of which goes before the others. */
int conf_files_in(char *const *directories, const char *suffix, char ***ret);

/* The drop-ins of the file `name` in `directory`: likewise, the files *.conf in the directories `name`.d. */
int conf_drop_ins(const char *directory, const char *name, char ***ret);

/* Of several names, as a template and its instance: below the same of the four, the directory of an earlier name
 * goes before that of a later one. */
int conf_drop_ins_of(const char *directory, char *const *names, char ***ret);

/* What conf_files() passes over because an earlier directory has a file of that name, and, in the same
 * order, which one that is. */
int conf_hidden_files(const char *directory, const char *suffix, char ***ret, char ***ret_by);

/* The path of one file, gantry/`name`, in the first of the four that has it. Returns 0 and NULL if none has,
 * or if it is hidden. */
int conf_file(const char *name, char **ret);
