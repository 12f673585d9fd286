/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tar/tar.h"

/* A tar as a stream, in the pax format: whatever a header has no room for, and nothing else, is in an extended one in front of
 * it. Sparse files are as GNU tar's version 1.0 has them, which Go's archive/tar and libarchive read, too. */
typedef struct TarWriter TarWriter;

/* Takes the tar as it grows: 0 or -errno. */
typedef int (*TarWrite)(void *userdata, const void *data, size_t size);

int tar_writer_new(TarWrite write, void *userdata, TarWriter **ret);
TarWriter *tar_writer_free(TarWriter *w);
DEFINE_CLEANUP(TarWriter, tar_writer_free)

/* The next entry; that before is complete. Its data is what comes next: e->size bytes, or what its pieces have, which are whole
 * blocks of 512 bytes but for the last (GNU tar begins each with a block). */
int tar_writer_add(TarWriter *w, const TarEntry *e);

/* The next bytes of its data, of which there may not be more. */
int tar_writer_data(TarWriter *w, const void *data, size_t size);

/* As many zeros, for what was announced and is not there any more. */
int tar_writer_fill(TarWriter *w);

/* The tar is complete. */
int tar_writer_finish(TarWriter *w);
