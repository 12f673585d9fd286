/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage1/versions.h"

#define STAGE1_PROGRAMS_MAX 3

/* A file or directory, and by what one sees without reading it that it is still the same. */
typedef struct Stamp {
        char *path;
        uint64_t size, inode, changed_nsec;
} Stamp;

/* Which version is that of this host, and which files that is. */
typedef struct Current {
        Stamp image;                         /* its name in stage1/ */
        Stamp programs[STAGE1_PROGRAMS_MAX]; /* gantry-stage1, another one of which may build another; what of ours is in it */
        Stamp *sources;                      /* of an initrd, the kernel is the first */
        size_t n_programs, n, allocated;
} Current;

void current_done(Current *c);
#define _cleanup_current_ _cleanup_(current_done)

/* The file in stage1/ that has it. */
const char *current_name(Stage1Kind kind);

/* Notes a file down as it is now. */
int current_set_image(Current *c, const char *name, int fd);
int current_set_programs(Current *c, Stage1Kind kind);
int current_add_source(Current *c, const char *path, int fd);
bool current_has_source(const Current *c, const char *path);

/* The file itself. -ENOENT: there is none; -EBADMSG: it is none of ours. */
int current_read(int dir_fd, Stage1Kind kind, Current *ret);
int current_write(int dir_fd, Stage1Kind kind, const Current *c);

/* Whether programs and sources are still the files that this host has (1, 0). */
int current_holds(const Current *c);

/* The image, open and locked shared, or -ENOENT if it is not there as it was noted down. */
int current_open_image(const Current *c, int dir_fd);

/* One of the sources, read-only; -ENOENT likewise. Returns the fd. */
int current_open_source(const Current *c, size_t i);
