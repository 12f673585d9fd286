/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/blob.h"
#include "elf/elf-file.h"
#include "image/digest.h"

/* What goes into an image, all of it root's and of no date. Paths are relative and clean. */
typedef struct ContentsEntry {
        char *path;
        mode_t mode;  /* type and permissions */
        char *target; /* of a symbolic link */
        Blob data;    /* of a file */
        uint8_t build_id[ELF_BUILD_ID_MAX];
        size_t build_id_size; /* 0: it is known by its bytes */
} ContentsEntry;

typedef struct Contents {
        ContentsEntry *list;
        size_t n, allocated;
} Contents;

void contents_done(Contents *c);
#define _cleanup_contents_ _cleanup_(contents_done)

int contents_add_directory(Contents *c, const char *path, mode_t permissions);
int contents_add_link(Contents *c, const char *path, const char *target);
int contents_add_text(Contents *c, const char *path, const char *text);

/* Takes the data. */
int contents_add_file(Contents *c, const char *path, mode_t permissions, Blob *data);

/* A program or library, by the path it has on the host; in the image, all of them are below usr/. Takes the data. */
int contents_add_program(Contents *c, const char *host_path, mode_t permissions, const ElfFile *elf,
                         Blob *data);

/* Puts it in order. To be called before the following. */
void contents_sort(Contents *c);

/* What it all is: names, modes, build IDs, and the bytes of what has none. */
int contents_identify(const Contents *c, Digest *ret);

/* Writes an EROFS image, or a cpio archive; the same contents are the same bytes. */
int contents_write(const Contents *c, const Digest *id, int fd, char **reterr_why);
int contents_write_cpio(const Contents *c, const Digest *id, int fd, char **reterr_why);
