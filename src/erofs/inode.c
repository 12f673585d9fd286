/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the two forms of an inode.
 * Never: writes one; knows what it is of.
 * Follows: EROFS core on-disk format, "Inodes". */

#include <string.h>

#include "erofs/inode.h"

void inode_choose(ErofsInode *inode, uint64_t size, const ErofsTime *common) {
        bool compact = size <= UINT32_MAX && le32toh(inode->uid) <= UINT16_MAX &&
                       le32toh(inode->gid) <= UINT16_MAX && le32toh(inode->nlink) <= UINT16_MAX &&
                       (int64_t) le64toh(inode->mtime) == common->sec &&
                       le32toh(inode->mtime_nsec) == common->nsec;

        if (!compact)
                inode->format |= htole16(EROFS_EXTENDED);
}

size_t inode_encode(const ErofsInode *inode, uint8_t to[static sizeof(ErofsInode)]) {
        uint16_t format = le16toh(inode->format);
        ErofsCompactInode compact = {
                .format = inode->format,
                .xattr_count = inode->xattr_count,
                .mode = inode->mode,
                .nlink = htole16(le32toh(inode->nlink)),
                .size = htole32(le64toh(inode->size)),
                .data = inode->data,
                .ino = inode->ino,
                .uid = htole16(le32toh(inode->uid)),
                .gid = htole16(le32toh(inode->gid)),
        };

        memcpy(to, format & EROFS_EXTENDED ? (const void *) inode : &compact, inode_size(format));
        return inode_size(format);
}

static void expand(const ErofsCompactInode *compact, const ErofsTime *common, ErofsInode *ret) {
        *ret = (ErofsInode) {
                .format = compact->format,
                .xattr_count = compact->xattr_count,
                .mode = compact->mode,
                .size = htole64(le32toh(compact->size)),
                .data = compact->data,
                .ino = compact->ino,
                .uid = htole32(le16toh(compact->uid)),
                .gid = htole32(le16toh(compact->gid)),
                .mtime = htole64(common->sec),
                .mtime_nsec = htole32(common->nsec),
                .nlink = htole32(le16toh(compact->nlink)),
        };
}

void inode_decode(const uint8_t from[static sizeof(ErofsInode)], const ErofsTime *common, ErofsInode *ret) {
        ErofsCompactInode compact;

        memcpy(&compact, from, sizeof(compact));
        if (le16toh(compact.format) & EROFS_EXTENDED)
                memcpy(ret, from, sizeof(*ret));
        else
                expand(&compact, common, ret);
}
