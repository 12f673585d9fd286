/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"
#include "tar/recipe.h"

/* The text of a recipe in fewer bytes: a bit takes the less the more it was to be expected. What is to be expected after which byte is
 * learnt on the way, by who reads as by who writes. There are whole numbers only, so the same text gives the same bytes everywhere. */

/* Of a one, of 65536, above or below half; by the last byte, and by the bits of this one so far, behind a one. */
typedef struct RecipeModel {
        int16_t odds[256][256];
        uint8_t last;
} RecipeModel;

typedef struct RecipeEncoder {
        RecipeModel model;
        uint32_t low, high; /* all that begins with what was written and lies between these is possible still */
        RecipeWrite write;
        void *userdata;
} RecipeEncoder;

typedef struct RecipeDecoder {
        RecipeModel model;
        uint32_t low, high, value;
        Cursor rest;     /* borrowed */
        unsigned beyond; /* bytes that were taken behind its end */
} RecipeDecoder;

void recipe_encoder_init(RecipeEncoder *e, RecipeWrite write, void *userdata);
int recipe_encode(RecipeEncoder *e, const void *data, size_t size);
int recipe_encoder_finish(RecipeEncoder *e);

void recipe_decoder_init(RecipeDecoder *d, Cursor from);

/* False if there is not as much. Nobody knows where the text ends but who reads it. */
bool recipe_decode(RecipeDecoder *d, void *ret, size_t size);
