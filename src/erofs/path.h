/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

#define EROFS_PATH_MAX 4096 /* with the NUL */
#define EROFS_NAME_MAX 255
#define EROFS_SYMLINK_MAX 4095

/* Makes an archive's name clean: no leading "./", no "." or empty components, no slash at the end; "" is
 * the root, which some write "/". A name that is absolute, has a ".." component or is too long is
 * -EBADMSG. */
int path_clean(const char *path, char ret[static EROFS_PATH_MAX], char **reterr_why);

/* Whether path_clean() would leave it as it is. */
bool path_is_clean(const char *path);
