/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: tar/reader under any bytes, and that whatever it takes can be made again.
 * Never: depends on the size of the pieces that a tar comes in.
 * Follows: tar/tar.h, tar/recipe.h. */

#include "fuzz.h"
#include "remake.h"

static int take_apart(const uint8_t *data, size_t size, size_t piece, Remake *m) {
        _cleanup_free_ char *why = NULL;

        *m = (Remake) { .tar = data, .size = size, .piece = piece };
        int r = remake_take_apart(m, &why);
        fuzz_check(r == 0 || (r == -EBADMSG && why));
        return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(remake_done) Remake whole = {}, pieces = {};

        int r = take_apart(data, size, SIZE_MAX, &whole);
        fuzz_check(take_apart(data, size, 77, &pieces) == r);
        if (r < 0)
                return 0;

        fuzz_check(remake_is_same(&whole));
        fuzz_check(pieces.text_size == whole.text_size && pieces.data_size == whole.data_size);
        fuzz_check(memcmp(pieces.text, whole.text, whole.text_size) == 0);
        return 0;
}
