/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/stat.h>

#include "basic/macro.h"

/* What has been counted already of files with several names: as with du(1), each takes its bytes once. All
 * zero to begin with. */
typedef struct Usage {
        void *seen;
} Usage;

void usage_done(Usage *u);
#define _cleanup_usage_ _cleanup_(usage_done)

/* Adds the bytes that a file takes on the disk. 0 or -ENOMEM. */
int usage_add(Usage *u, const struct stat *st, uint64_t *total);

/* Adds those of `name` below `dir_fd` and of all that is in it. What goes away meanwhile is not counted; one fd
 * is held open, however deep it is. -ENOENT if it is not there. */
int usage_add_tree(Usage *u, int dir_fd, const char *name, uint64_t *total);
