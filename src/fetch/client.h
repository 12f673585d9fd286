/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/blob.h"
#include "image/digest.h"

/* What a download comes from. */
typedef struct Origin {
        const char *reference; /* canonical */
        int layout_fd;         /* the directory of oci:DIR, or -EBADF */
} Origin;

/* Has registry-client write the metadata below `dir_fd`. Returns 0, or an error that has been said. */
int client_metadata(const Origin *o, int dir_fd);

/* A blob on its way. */
typedef struct Download {
        pid_t pid; /* 0: there is no process; the blob is a file */
        int fd;    /* read it here */
} Download;

#define DOWNLOAD_NULL                                                                                       \
        (Download) {                                                                                        \
                .fd = -EBADF                                                                                \
        }

/* Starts a download of a blob of `size` bytes. Logs. */
int download_start(const Origin *o, const Digest *digest, uint64_t size, Download *ret);

/* To be called when all has been read: 0 if that was all, or an error that has been said. */
int download_finish(Download *d);

/* Ends it if it is still there. */
void download_done(Download *d);
#define _cleanup_download_ _cleanup_(download_done)

/* The whole of a small blob, checked against its digest. Logs. */
int client_document(const Origin *o, const char *what, const Digest *digest, uint64_t size, Blob *ret);
