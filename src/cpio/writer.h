/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* An archive that a kernel unpacks as its first root. The same calls give the same bytes: all is root's and of no date. Paths
 * are relative and clean, and parents come before what is in them. Archives may follow each other in one file. */
typedef struct CpioWriter {
        int fd; /* borrowed; what is written begins where it stands */
        uint64_t size;
        uint32_t entries;
} CpioWriter;

#define CPIO_WRITER(archive_fd)                                                                             \
        (CpioWriter) {                                                                                      \
                .fd = (archive_fd)                                                                          \
        }

int cpio_directory(CpioWriter *w, const char *path, mode_t permissions);
int cpio_link(CpioWriter *w, const char *path, const char *target);

/* -EFBIG: it has more bytes than the format can say. */
int cpio_file(CpioWriter *w, const char *path, mode_t permissions, const void *data, size_t size);

/* To be called once, as the last. */
int cpio_end(CpioWriter *w);
