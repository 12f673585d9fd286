/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* How to make a tar again, byte for byte, from the files that were in it: all else that it has, in few bytes,
 * and where which file goes. The same tar gives the same recipe, in whatever pieces it comes. */
typedef struct Recipe Recipe;

/* Takes the recipe as it grows: 0 or -errno. */
typedef int (*RecipeWrite)(void *userdata, const void *data, size_t size);

int recipe_new(RecipeWrite write, void *userdata, Recipe **ret);
Recipe *recipe_free(Recipe *r);
DEFINE_CLEANUP(Recipe, recipe_free)

/* The next bytes of the tar, which are in no file. */
int recipe_add_bytes(Recipe *r, const void *data, size_t size);

/* The next file begins, which need not have any data. They are numbered from 0. */
void recipe_add_file(Recipe *r);

/* The next bytes of the tar are these of the file added last, in ascending order. */
int recipe_add_data(Recipe *r, uint64_t offset, uint64_t size);

/* The tar is complete. */
int recipe_finish(Recipe *r);
