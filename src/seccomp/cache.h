/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "image/digest.h"

/* Compiled filters, each under the digest of what it was compiled from. They may be lost at any time. */

/* The directory; made if it is not there. Its fd or -errno. */
int seccomp_cache_open(void);

/* -ENOENT if it has no such filter, or one that is not whole. */
int seccomp_cache_get(int cache_fd, const Digest *key, Blob *ret);

int seccomp_cache_put(int cache_fd, const Digest *key, const Blob *filter);
