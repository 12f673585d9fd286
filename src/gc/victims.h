/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What has been made invisible under the store's lock, to be deleted when others can go on: a file lives without a name
 * as long as it is open, a directory under a ".#" name. */
typedef struct Victim {
        char *path; /* of a directory, below the root; NULL for a file */
        int fd;     /* locked, so that another gc leaves a directory to us */
} Victim;

typedef struct Victims {
        int root_fd; /* borrowed */
        Victim *items;
        size_t n, allocated;
} Victims;

void victims_done(Victims *v);
#define _cleanup_victims_ _cleanup_(victims_done)

/* Takes its name from what is at `path` below the root. 1, or 0 if it has gone already or, with `polite`, somebody
 * has it locked. */
int victims_hide(Victims *v, const char *path, bool polite);

/* Deletes them all. Logs; goes on after what cannot be deleted, and returns the last error. */
int victims_delete(Victims *v);
