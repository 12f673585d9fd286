/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"

/* A digest in the making. */
typedef struct Hasher Hasher;

int hasher_new(DigestAlgorithm algorithm, Hasher **ret);
void hasher_update(Hasher *h, const void *data, size_t size);
void hasher_final(Hasher *h, Digest *ret); /* once; no update after it */
Hasher *hasher_free(Hasher *h);
DEFINE_CLEANUP(Hasher, hasher_free)
#define _cleanup_hasher_ _cleanup_(hasher_freep)

/* All at once. */
int digest_of(DigestAlgorithm algorithm, const void *data, size_t size, Digest *ret);

/* Initialises libgcrypt; hasher_new() does it by itself. To be called before a sandbox is entered. 0 or
 * -ENOSYS. */
int crypto_init(void);
