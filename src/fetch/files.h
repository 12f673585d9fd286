/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"
#include "registry/archive-members.h"
#include "store/store.h"

/* The files of an image that is on this machine: those of a directory, or the members of an archive, which is
 * not unpacked for it. */
typedef struct Files {
        int dir_fd;              /* a directory, or -EBADF */
        int archive_fd;          /* an archive, or what it was decompressed to */
        ArchiveMembers *members; /* of it */
} Files;

#define FILES_NULL                                                                                          \
        (Files) {                                                                                           \
                .dir_fd = -EBADF, .archive_fd = -EBADF                                                      \
        }

void files_done(Files *f);

/* Logs. An archive is looked through by archive-index, and decompressed into the store's incoming/ first if
 * need be: `max` bytes at most. */
int files_open_directory(const char *path, Files *ret);
int files_open_archive(Store *s, const char *path, uint64_t max, Files *ret);

/* Where the bytes of one of them are. */
typedef struct FileRange {
        int fd; /* owned */
        uint64_t offset, size;
} FileRange;

/* 0 or -errno; -ENOENT if there is none. */
int files_find(const Files *f, const char *path, FileRange *ret);

/* An fd from which a small one, of OCI_DOCUMENT_MAX bytes at most, can be read. -EFBIG if it is not small. */
int files_open_document(const Files *f, const char *path);
