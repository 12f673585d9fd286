/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "erofs/inode.h"
#include "erofs/output.h"
#include "erofs/tree.h"

/* What a name that is no directory stands for: the number and the type of an inode. */
typedef struct DirectoryTarget {
        uint64_t nid;
        uint8_t type;
} DirectoryTarget;

typedef DirectoryTarget (*DirectoryResolve)(const Node *node, void *userdata);

/* The types directory entries have, and the reverse; 0 for what is none. */
uint8_t directory_type(mode_t mode);
mode_t directory_mode(uint8_t type);

typedef struct DirectoryContext {
        DirectoryResolve resolve;
        void *userdata;
        ErofsTime time;     /* of compact inodes */
        uint32_t first_ino; /* numbers the inodes */
} DirectoryContext;

/* Writes all directories of a sorted tree: first the blocks of their entries, then their inodes. The root
 * goes where it is found: into `root`, the first block of the image, from `root_offset` on. */
int directories_write(Tree *t, Output *out, const DirectoryContext *context,
                      uint8_t root[static EROFS_BLOCK_SIZE], size_t root_offset);
