/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "image/digest.h"

/* A blob, compressed or not, read as the tar it is, hashed on the way. */
typedef struct TarSource TarSource;

/* As unpacker_new(): the tar may not have more than `max` bytes. */
int tar_source_new(int fd, DigestAlgorithm algorithm, uint64_t max, TarSource **ret, char **reterr_why);
TarSource *tar_source_free(TarSource *s);
DEFINE_CLEANUP(TarSource, tar_source_free)

/* The next bytes, valid until the next call. Returns how many, 0 at the end, or -errno, with *reterr_why
 * if it is the blob's fault. */
ssize_t tar_source_next(TarSource *s, const void **ret, char **reterr_why);

/* Reads all that is left and says what went through. */
int tar_source_finish(TarSource *s, Digest *ret, uint64_t *ret_size, char **reterr_why);
