/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

#define TAR_BLOCK_SIZE 512u

/* One block that describes an entry, before anything that extended headers say. */
typedef struct TarHeader {
        char name[155 + 1 + 100 + 1];
        char link[100 + 1];
        char type; /* as it is there */
        int64_t mode, uid, gid, size, mtime, major, minor;
} TarHeader;

bool tar_block_is_zero(const uint8_t block[static TAR_BLOCK_SIZE]);

/* The sum of a header's bytes, its checksum field taken as blanks. */
uint32_t tar_block_sum(const uint8_t block[static TAR_BLOCK_SIZE]);

/* Writes it into the block as nearly everybody does: six octal digits, NUL, blank. */
void tar_block_put_sum(uint8_t block[static TAR_BLOCK_SIZE]);

/* Where the checksum is. */
#define TAR_SUM_OFFSET 148
#define TAR_SUM_SIZE 8

/* Where the type is. */
#define TAR_TYPE_OFFSET 156

/* -EBADMSG and *reterr_why for what is no header. */
int tar_header_parse(const uint8_t block[static TAR_BLOCK_SIZE], TarHeader *ret, char **reterr_why);
