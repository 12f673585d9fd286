/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <endian.h>
#include <stdint.h>

/* The part of the EROFS on-disk format that is used here, all little endian:
 * https://erofs.docs.kernel.org/en/latest/core_ondisk.html and fs/erofs/erofs_fs.h of Linux. */

#define EROFS_BLOCK_SIZE 4096u
#define EROFS_BLOCK_BITS 12
#define EROFS_SLOT_SIZE 32u /* inodes start at multiples of it and are numbered by them */
#define EROFS_SUPER_OFFSET 1024u
#define EROFS_MAGIC 0xe0f5e1e2u
#define EROFS_HOLE UINT32_MAX
#define EROFS_CHUNK_BITS_MAX 31u /* beyond those of a block */

enum {
        EROFS_COMPAT_CHECKSUM = 0x1,
        EROFS_COMPAT_MTIME = 0x2,
        EROFS_INCOMPAT_CHUNKS = 0x4,
};

/* Inode formats: bit 0 says which form it has, the rest where the data is. */
enum {
        EROFS_EXTENDED = 1,
        EROFS_FORMAT_PLAIN = 0 << 1,  /* in consecutive blocks */
        EROFS_FORMAT_INLINE = 2 << 1, /* the same, but what does not fill a block follows the inode */
        EROFS_FORMAT_CHUNKS = 4 << 1, /* an array of block addresses follows the inode */
};

typedef struct ErofsSuper {
        uint32_t magic;
        uint32_t checksum;
        uint32_t compat;
        uint8_t block_bits;
        uint8_t extension_slots;
        uint16_t root_nid;
        uint64_t inodes;
        int64_t time; /* of compact inodes */
        uint32_t time_nsec;
        uint32_t blocks;
        uint32_t meta_block;
        uint32_t xattr_block;
        uint8_t uuid[16];
        char volume_name[16];
        uint32_t incompat;
        uint8_t unused[44];
} __attribute__((packed)) ErofsSuper;
_Static_assert(sizeof(ErofsSuper) == 128, "superblock");

typedef struct ErofsInode {
        uint16_t format;
        uint16_t xattr_count;
        uint16_t mode;
        uint16_t unused;
        uint64_t size;
        uint32_t data; /* first block, device number or chunk format */
        uint32_t ino;  /* what stat(2) shows to 32-bit programs */
        uint32_t uid;
        uint32_t gid;
        int64_t mtime;
        uint32_t mtime_nsec;
        uint32_t nlink;
        uint8_t unused2[16];
} __attribute__((packed)) ErofsInode;
_Static_assert(sizeof(ErofsInode) == 64, "inode");

typedef struct ErofsCompactInode {
        uint16_t format;
        uint16_t xattr_count;
        uint16_t mode;
        uint16_t nlink;
        uint32_t size;
        uint32_t unused;
        uint32_t data;
        uint32_t ino;
        uint16_t uid;
        uint16_t gid;
        uint32_t unused2;
} __attribute__((packed)) ErofsCompactInode;
_Static_assert(sizeof(ErofsCompactInode) == 32, "compact inode");

typedef struct ErofsXattrHeader {
        uint32_t name_filter;
        uint8_t shared_count;
        uint8_t unused[7];
} __attribute__((packed)) ErofsXattrHeader;
_Static_assert(sizeof(ErofsXattrHeader) == 12, "xattr header");

typedef struct ErofsXattrEntry { /* name and value follow, then zeros up to a multiple of four */
        uint8_t name_size;
        uint8_t name_index;
        uint16_t value_size;
} __attribute__((packed)) ErofsXattrEntry;
_Static_assert(sizeof(ErofsXattrEntry) == 4, "xattr entry");

typedef struct ErofsDirent { /* names follow the last one */
        uint64_t nid;
        uint16_t name_offset;
        uint8_t type;
        uint8_t unused;
} __attribute__((packed)) ErofsDirent;
_Static_assert(sizeof(ErofsDirent) == 12, "directory entry");

/* The last bytes of a layer with an attachment. This is gantry's own and not part of EROFS. */
#define EROFS_FOOTER_MAGIC "gantry-\n"
#define EROFS_FOOTER_VERSION 1u

typedef struct ErofsFooter {
        char magic[8];
        uint32_t version;
        uint32_t files; /* in the table, which has them first */
        uint64_t attachment_size;
        uint64_t table_size;
        uint32_t implied;  /* directories in the table */
        uint32_t checksum; /* CRC-32C of all before it */
} __attribute__((packed)) ErofsFooter;
_Static_assert(sizeof(ErofsFooter) == 40, "footer");
