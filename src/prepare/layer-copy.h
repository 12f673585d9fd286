/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "erofs/reader.h"
#include "image/appc-whitelist.h"

/* Adds to `to` the root directory of the layer, and of all else in it, directories too, what is kept. Parents of it
 * that are not kept are what parents are that an archive does not have. */
int layer_copy(ErofsReader *from, const AppcWhitelist *kept, ErofsWriter *to, uint64_t *ret_entries);
