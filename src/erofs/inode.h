/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"
#include "erofs/format.h"

/* An inode is kept as one of 64 bytes. On the disk it may be a compact one of half that: when its numbers are small, and its time is the
 * one that the superblock has for all compact ones. */

typedef struct ErofsTime {
        int64_t sec;
        uint32_t nsec;
} ErofsTime;

/* How large one of this format is on the disk. */
static inline size_t inode_size(uint16_t format) {
        return format & EROFS_EXTENDED ? sizeof(ErofsInode) : sizeof(ErofsCompactInode);
}

/* Decides what it will be; `size` is that of the data, which need not be in the inode yet. */
void inode_choose(ErofsInode *inode, uint64_t size, const ErofsTime *common);

/* Returns its size on the disk. */
size_t inode_encode(const ErofsInode *inode, uint8_t to[static sizeof(ErofsInode)]);

/* From what is on the disk, of which only so many bytes are looked at as its format says. */
void inode_decode(const uint8_t from[static sizeof(ErofsInode)], const ErofsTime *common, ErofsInode *ret);
