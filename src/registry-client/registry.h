/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/place.h"
#include "registry-client/source.h"
#include "registry-client/stream.h"

/* One repository, wherever `net` (borrowed) has access to it. */
int registry_new(const Net *net, Source **ret, char **reterr_why);

/* The bytes of a blob of exactly `size` bytes from where the stream is, and never more. -EPIPE, without a
 * text: nobody reads them any more. `registry` is what registry_new() made. */
int registry_copy(Source *registry, const Digest *digest, uint64_t size, Stream *stream, char **reterr_why);

/* Does the first place let us in, with what we have? */
int registry_login(Source *registry, char **reterr_why);
