/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/source.h"
#include "image/reference.h"

/* One repository of a registry. */
int registry_new(const Reference *ref, Source **ret, char **reterr_why);

/* Copies a blob of exactly `size` bytes to `fd`: never more, and fewer only if it fails. -EPIPE, without
 * a text: nobody reads it any more. `registry` is what registry_new() made. */
int registry_copy(Source *registry, const Digest *digest, uint64_t size, int fd, char **reterr_why);
