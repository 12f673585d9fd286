/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "erofs/inode.h"
#include "erofs/output.h"

/* Where inodes go. A block of them is written when it is full; which block of the image it becomes is
 * known only then, so until meta_flush() a place is named by a block's serial number. */
typedef struct Meta Meta;

typedef struct MetaPlace {
        uint32_t serial;
        uint8_t slot;
} MetaPlace;

/* An inode and what follows it. */
typedef struct MetaItem {
        const ErofsInode *inode;
        const void *xattrs;
        size_t xattrs_size;
        const void *extra; /* the tail of the data, or the addresses of chunks */
        size_t extra_size;
} MetaItem;

/* `out` is borrowed. NULL on lack of memory. */
Meta *meta_new(Output *out);
Meta *meta_free(Meta *m);
DEFINE_CLEANUP(Meta, meta_free)

/* Whether an inode of this format goes into what is left of a block, with so many bytes behind it. fsck.erofs looks for an xattr header
 * behind every inode, be it the last one of the image; so none ends with its block. */
static inline bool meta_fits(size_t used, uint16_t format, size_t behind) {
        return used + inode_size(format) + MAX(behind, sizeof(ErofsXattrHeader)) <= EROFS_BLOCK_SIZE;
}

/* Writes the three parts of the item, one behind the other. */
int meta_write(Output *out, const MetaItem *item);

/* An item no larger than a block never crosses the end of one, which is what the format demands of data
 * inlined. To be called when the output is at the start of a block. */
int meta_add(Meta *m, const MetaItem *item, MetaPlace *ret);

/* Writes all blocks that are left. */
int meta_flush(Meta *m);

/* The inode's number: its offset in the image in slots. */
uint64_t meta_nid(const Meta *m, MetaPlace place);
