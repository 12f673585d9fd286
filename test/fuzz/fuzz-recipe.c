/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: tar/recipe-player under any bytes.
 * Never: reads a file.
 * Follows: tar/recipe-player.h. */

#include "fuzz.h"
#include "tar/recipe-player.h"

#define STEPS_MAX 1000 /* a few bytes can stand for any number of zeros */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(recipe_player_freep) RecipePlayer *p = NULL;
        uint64_t total = 0;
        volatile unsigned sum = 0; /* so that all bytes are looked at */
        RecipeStep step;

        int r = recipe_player_new(data, size, &p);
        if (r < 0) {
                fuzz_check(r == -EUCLEAN && !p);
                return 0;
        }

        for (size_t i = 0; i < STEPS_MAX; i++) {
                r = recipe_player_next(p, &step);
                if (r <= 0)
                        break;
                fuzz_check(step.size > 0 && step.size <= recipe_player_size(p) - total);
                fuzz_check(step.bytes || step.offset + step.size > step.offset);
                for (size_t k = 0; step.bytes && k < step.size; k++)
                        sum += ((const uint8_t *) step.bytes)[k];
                total += step.size;
        }
        fuzz_check(r == 1 || r == -EUCLEAN || (r == 0 && total == recipe_player_size(p)));
        return 0;
}
