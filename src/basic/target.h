/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/stat.h>

#include "basic/macro.h"

/* Finds where `path` leads in a root whose files are somebody else's: absolute links are the root's own, ".." ends there. What
 * is missing is made: directories, and a file or directory (`kind`: S_IFREG, S_IFDIR) to mount over. *ret has no links
 * any more; it is "/" for the root itself. -ENOTDIR, -EISDIR: there is something, but of the other kind; -ELOOP. */
int target_resolve(int root_fd, const char *path, mode_t kind, char **ret);

/* Opens such a path in the root, following nothing. Returns the fd. */
int target_open(int root_fd, const char *resolved, int flags);

/* Is it at `directory`, or below? Both resolved. */
bool target_is_below(const char *resolved, const char *directory);
