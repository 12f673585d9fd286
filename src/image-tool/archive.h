/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* A tar archive of plain files in the making. Of a file only its name and its bytes are kept: the rest is the same for
 * all, so that the same files make the same archive. */

/* The header of a file, whose name has at most 100 characters; `size` bytes of it are to follow, then archive_pad(). */
int archive_begin(int fd, const char *name, uint64_t size);
int archive_pad(int fd, uint64_t size);

/* All three at once. */
int archive_add(int fd, const char *name, const void *data, size_t size);

/* Behind the last file. */
int archive_end(int fd);
