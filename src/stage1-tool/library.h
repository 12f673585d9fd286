/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "elf/elf-file.h"

/* A program or library of the host. */
typedef struct Library {
        char *path; /* where it was found */
        int fd;
        Blob data;
        ElfFile elf;
} Library;

void library_done(Library *l);
#define _cleanup_library_ _cleanup_(library_done)

/* -ENOENT: there is no such file; -EINVAL: it is for another kind of machine. *reterr_why says which file. */
int library_open(int root_fd, const char *path, Library *ret, char **reterr_why);

/* Where the dynamic linker of a host looks for libraries. */
typedef struct LibraryPath {
        int root_fd; /* borrowed */
        char **directories;
} LibraryPath;

int library_path_load(int root_fd, LibraryPath *ret, char **reterr_why);
void library_path_done(LibraryPath *p);
#define _cleanup_library_path_ _cleanup_(library_path_done)

/* Looks for what `user`, another library, needs: in the directories that it names itself, then in the others.
 * 1 if it was found in one of its own, else 0; -ENOENT. */
int library_find(const LibraryPath *p, const Library *user, const char *name, Library *ret,
                 char **reterr_why);
