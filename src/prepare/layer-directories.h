/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "erofs/reader.h"

/* Of a stack of layers, bottom first, where the uppermost that has a directory has it as a parent only, and one below
 * that shows through has an entry of its own for it: adds these directories to `to`, with what the entry says and the
 * parents they need, so that `to` on top of the stack mends it. Nothing is added if there is nothing to mend.
 * -E2BIG: it is too much to look through. -EOPNOTSUPP: a layer hides all that are below it, which overlayfs cannot. */
int layer_directories(ErofsReader *const *layers, size_t n, ErofsWriter *to, uint64_t *ret_entries);
