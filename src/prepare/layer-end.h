/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "erofs/writer.h"
#include "image/digest.h"

/* Completes the layer that is to be called `id`, and brings it to the disk; -EBADF for `fd` if none is written. Its
 * fs-verity digest is all zero then. */
int layer_end(ErofsWriter *w, int fd, const Digest *id, Digest *ret_verity);

/* What gantry-fetch reads of who built a layer: "<id> <bytes read> <entries> <fs-verity digest>". */
typedef struct LayerAnswer {
        Digest id;
        uint64_t size, entries;
        Digest verity;
} LayerAnswer;

int layer_answer_print(const LayerAnswer *a, bool written);
