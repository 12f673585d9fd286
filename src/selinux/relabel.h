/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Gives a file or directory of the host, and all that is below it on its file system, a label, following no link. What `fd` (it may be
 * O_PATH) is open for comes last: if that has it already, so has the rest, and nothing is done. -EPERM and *reterr_why for places that the
 * host itself lives in. Without a label (NULL), nothing is done. */
int relabel_tree(int fd, const char *context, char **reterr_why);
