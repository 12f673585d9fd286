/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "erofs/output.h"

/* What is behind the file system, which ends where its superblock says; nobody who mounts it looks there:
 * bytes of the caller's, then the table of the regular files' inode numbers, then the footer, which ends
 * the last block. */
typedef struct Attachment {
        uint8_t *data; /* owned */
        size_t size, allocated;
} Attachment;

void attachment_done(Attachment *a);

int attachment_append(Attachment *a, const void *data, size_t size);

/* Writes it all. The output must be at the start of a block. */
int attachment_write(const Attachment *a, const uint64_t *nids, uint32_t n_nids, Output *out);
