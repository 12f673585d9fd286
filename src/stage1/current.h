/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

#define STAGE1_CURRENT "current" /* the file's name in stage1/ */

/* A file, and by what one sees without reading it that it is still the same. */
typedef struct Stamp {
        char *path;
        uint64_t size, inode, changed_nsec;
} Stamp;

/* Which image is that of this host's systemd, and which files that is. */
typedef struct Current {
        Stamp image;   /* its name in stage1/ */
        Stamp builder; /* gantry-stage1, another one of which may build another image */
        Stamp *sources;
        size_t n, allocated;
} Current;

void current_done(Current *c);
#define _cleanup_current_ _cleanup_(current_done)

/* Notes a file down as it is now. */
int current_set_image(Current *c, const char *name, int fd);
int current_set_builder(Current *c);
int current_add_source(Current *c, const char *path, int fd);

/* The file itself. -ENOENT: there is none; -EBADMSG: it is none of ours. */
int current_read(int dir_fd, Current *ret);
int current_write(int dir_fd, const Current *c);

/* Whether builder and sources are still the files that this host has (1, 0). */
int current_holds(const Current *c);

/* The image, open and locked shared, or -ENOENT if it is not there as it was noted down. */
int current_open_image(const Current *c, int dir_fd);
