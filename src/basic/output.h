/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* A file that is being written. It has its name when all of it is there and on the disk, and none that anybody would take
 * for it before. */
typedef struct Output {
        int fd;
        int dir_fd;       /* -EBADF: standard output, which is what it is */
        const char *name; /* in the directory; part of the caller's path */
        char *temporary;  /* NULL once it has its name */
} Output;

#define OUTPUT_NULL                                                                                         \
        (Output) {                                                                                          \
                .fd = -EBADF, .dir_fd = -EBADF                                                              \
        }

/* "-" is standard output. -EISDIR, -EINVAL: there is something by this name that a file cannot take the place of. */
int output_open(const char *path, Output *ret);

/* It is complete. */
int output_publish(Output *o);

/* Closes it; if it was not complete nothing is left of it. */
void output_done(Output *o);
#define _cleanup_output_ _cleanup_(output_done)
