/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "store/store.h"

/* layers/ID.erofs: sealed layers, named by the digest of the uncompressed tar. */

/* 1 if the layer is there, 0 if not. */
int layer_exists(Store *s, const Digest *id);

/* A nameless file in layers/ for a builder to write. Returns its fd; closing it without layer_publish()
 * leaves nothing. */
int layer_create(Store *s);

/* fsyncs the file, makes it read-only and links it into place. A layer that is there already is success:
 * same digest, same bytes. */
int layer_publish(Store *s, int fd, const Digest *id);

/* Opens the layer read-only. Returns the fd or -ENOENT. */
int layer_open(Store *s, const Digest *id);

int layer_remove(Store *s, const Digest *id);

/* All layers, sorted; the array is owned by the caller. */
int layer_list(Store *s, Digest **ret, size_t *ret_n);
