/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"

/* The fs-verity digest of a file: SHA-256, blocks of 4096 bytes, no salt. It depends on the file's bytes only, so
 * it is the same whether the kernel keeps the tree or not. */

/* Reads the whole file from its beginning; uses nothing but pread(2). */
int verity_compute(int fd, Digest *ret);

/* What the kernel guards the file by: from now on it reads as these bytes or not at all. -ENODATA if it does
 * not. */
int verity_measure(int fd, Digest *ret);

/* Has the kernel guard the file. `fd` must be read-only, and nobody may have the file open for writing.
 * -EOPNOTSUPP if the file system does not offer it. */
int verity_enable(int fd);
