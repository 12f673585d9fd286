/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What has been made invisible under the store's lock, to be deleted when others can go on. */
typedef struct Victim {
        char *path; /* below the root, ".#…" by now */
        int fd;     /* of a directory: locked, so that another gc leaves it to us */
} Victim;

typedef struct Victims {
        int root_fd; /* borrowed */
        Victim *items;
        size_t n, allocated;
} Victims;

void victims_done(Victims *v);
#define _cleanup_victims_ _cleanup_(victims_done)

/* Renames `path` to a ".#" name beside it, unless it has one. 1, or 0 if it has gone already or, with `polite`,
 * somebody has it locked. */
int victims_hide(Victims *v, const char *path, bool polite);

/* Deletes them all. Logs; goes on after what cannot be deleted, and returns the last error. */
int victims_delete(Victims *v);
