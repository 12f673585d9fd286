/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* A blob, compressed or not, read as the bytes it was made of. */
typedef struct Unpacker Unpacker;

/* Reads the first bytes from `fd` to see how it is compressed. More than `max` bytes unpacked will be
 * -EFBIG. -EBADMSG and *reterr_why if it is not what it looks like. */
int unpacker_new(int fd, uint64_t max, Unpacker **ret, char **reterr_why);
Unpacker *unpacker_free(Unpacker *u);
DEFINE_CLEANUP(Unpacker, unpacker_free)

bool unpacker_is_compressed(const Unpacker *u);

/* How many bytes went out so far. */
uint64_t unpacker_size(const Unpacker *u);

/* The next bytes, valid until the next call. Returns how many, 0 at the end, or -errno, with *reterr_why
 * if it is the blob's fault. */
ssize_t unpacker_next(Unpacker *u, const void **ret, char **reterr_why);
