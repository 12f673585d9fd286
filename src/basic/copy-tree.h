/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

typedef struct CopyOptions {
        bool keep_owner;          /* else the copies are whose files this process makes */
        uid_t from_base, to_base; /* what the ids of users and groups count from, there and here */
        bool keep_set_id;         /* set-user-ID and set-group-ID bits, file capabilities */
        bool keep_fifos;
        size_t *ret_skipped; /* what is no file, directory or symbolic link and was left out; may be NULL */
} CopyOptions;

/* Copies `name` below `from_dir`, with all that is in it, to `to_name` below `to_dir`; both are names or ".". A directory that is
 * there is gone on with and keeps its own owner and mode; whatever else is there is replaced, but not a directory. Hard
 * links within the tree, holes, times and attributes stay.
 *
 * Either tree may be somebody's who changes it meanwhile and would like to see it go wrong: no link is followed, nothing but
 * files is opened, what is in /proc and the like is left out. -ELOOP for what is nested deeper than COPY_DEPTH_MAX. */
int copy_tree(int from_dir, const char *name, int to_dir, const char *to_name, const CopyOptions *o);
#define COPY_DEPTH_MAX 2000u
