/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "erofs/meta.h"

/* The data of the file that is just coming in. */
typedef struct FileData FileData;

#define FILE_SIZE_MAX ((uint64_t) 16 << 40)

FileData *file_data_new(Output *out);
FileData *file_data_free(FileData *f);
DEFINE_CLEANUP(FileData, file_data_free)

/* Begins a file of at most FILE_SIZE_MAX bytes, sparse if it has pieces. The output must be at the start
 * of a block. */
void file_data_begin(FileData *f, uint64_t size, uint32_t pieces);

/* More of it; `offset` never goes back. -EINVAL for what is not within the size. */
int file_data_put(FileData *f, uint64_t offset, const void *data, size_t size);

/* Ends it: the output is at the start of a block again. Unless the file is empty, sets where the data is in the format, size and
 * data of the inode, and what is to follow the inode (borrowed until the next file begins). `room` is how
 * many bytes may follow for the data to be inlined. */
int file_data_end(FileData *f, size_t room, MetaItem *item, ErofsInode *inode);
