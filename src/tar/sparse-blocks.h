/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tar/sparse.h"
#include "tar/stream.h"

/* Maps that are in blocks of their own. Both return 0 or -errno; -EBADMSG with *reterr_why. */

/* The old GNU format: in the header, of which `block` is the bytes, and blocks behind it. */
int tar_map_read_header(TarMap *m, TarStream *s, const uint8_t block[static TAR_BLOCK_SIZE],
                        int64_t *ret_size, char **reterr_why);

/* Version 1.0 of GNU's pax format: as text in front of the data, which has `*size` bytes with it, and then
 * without. */
int tar_map_read_text(TarMap *m, TarStream *s, int64_t *size, char **reterr_why);
