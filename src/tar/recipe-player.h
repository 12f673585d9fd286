/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What a tar is made of, from its recipe (tar/recipe.h), which may be anything: -EUCLEAN for what no tar has
 * given. */
typedef struct RecipePlayer RecipePlayer;

/* The next bytes of the tar. */
typedef struct RecipeStep {
        const void *bytes; /* these, valid until the next call, or NULL: those of a file */
        uint64_t size;     /* how many */
        uint64_t file, offset;
} RecipeStep;

/* The recipe must stay where it is. */
int recipe_player_new(const void *recipe, size_t size, RecipePlayer **ret);
RecipePlayer *recipe_player_free(RecipePlayer *p);
DEFINE_CLEANUP(RecipePlayer, recipe_player_free)

/* How large the tar is. */
uint64_t recipe_player_size(const RecipePlayer *p);

/* Returns 1; 0 when the tar is complete. There is never more of it than its size. */
int recipe_player_next(RecipePlayer *p, RecipeStep *ret);
