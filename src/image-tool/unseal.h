/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image-tool/meter.h"
#include "image/digest.h"

/* The tar that a layer was sealed from, made again by unseal-layer. `layer` is the layer's fd. These log. */

/* How large it is. */
int unseal_size(int layer, const Digest *id, uint64_t *ret);

/* Writes it, and finds out whether it is the one: `id` is its digest. -EUCLEAN if it is not. */
int unseal(int layer, const Digest *id, uint64_t size, int to, Meter *meter);
