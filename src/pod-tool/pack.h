/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "tar/writer.h"

typedef struct PackOptions {
        uid_t base; /* what the ids of users and groups count from; 0: they are as they are */
        bool is_changes; /* the upper directory of an overlay: what is whited out or opaque there is written as OCI has it */
} PackOptions;

/* Writes `name` below `dir_fd`, a directory as "." or what is there by a name, with all that is in it, as `path`; in the order
 * of names. Somebody may be changing it meanwhile: nothing is followed, and nothing but files is opened. -EOPNOTSUPP and
 * *reterr_why for what has no place in a layer. */
int pack_tree(TarWriter *w, int dir_fd, const char *name, const char *path, const PackOptions *o,
              char **reterr_why);
