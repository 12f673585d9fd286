/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "erofs/output.h"

/* What is behind the file system, which ends where its superblock says; nobody who mounts it looks there:
 * bytes of the caller's, then a table of inode numbers, of regular files and of implied directories, then the
 * footer, which ends the last block. */
typedef struct Attachment {
        uint8_t *data; /* owned */
        size_t size, allocated;
} Attachment;

void attachment_done(Attachment *a);

int attachment_append(Attachment *a, const void *data, size_t size);

/* Writes it all, with the numbers of so many files and then so many directories. The output must be at the start of a
 * block. */
int attachment_write(const Attachment *a, const uint64_t *nids, uint32_t n_files, uint32_t n_implied,
                     Output *out);
