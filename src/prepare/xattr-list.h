/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "erofs/reader.h"

/* The extended attributes of one inode, kept: what a reader gives lasts for its call only. */
typedef struct XattrList {
        ErofsXattr *items;
        size_t n, allocated;
} XattrList;

/* Frees the contents; {} is the empty one. */
void xattr_list_done(XattrList *list);

/* Reads those of another inode in place of what is there. */
int xattr_list_read(XattrList *list, const ErofsReader *reader, const ErofsStat *st);

/* Drops those whose names begin so. */
void xattr_list_drop(XattrList *list, const char *prefix);
