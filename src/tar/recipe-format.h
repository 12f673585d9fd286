/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tar/header.h"

/* A recipe is a byte that says which kind of recipe it is, steps, as tar/recipe-coder.h writes them, and the size of the tar in 8 bytes,
 * lowest first. The steps end when the tar does. A step begins with a number, N << 3 | one of these; all numbers are as in basic/varint.h. */
typedef enum RecipeStepKind {
        RECIPE_BLOCK,       /* N changes to the last block of this kind */
        RECIPE_HEADER,      /* a byte: its type; N changes to the last header of that type; its checksum */
        RECIPE_BYTES,       /* N bytes, fewer than a block has, which follow */
        RECIPE_ZEROS,       /* N zeros */
        RECIPE_FILE,        /* the next file begins: its first N bytes */
        RECIPE_FILE_PADDED, /* the same, and zeros up to a multiple of 512 */
        RECIPE_PIECE,       /* how many bytes of the same file to leave out, and N bytes behind them */
        RECIPE_STEP_KINDS,
} RecipeStepKind;

#define RECIPE_KIND_BITS 3
#define RECIPE_VERSION 2
#define RECIPE_SIZE_SIZE 8

/* A change is: how many bytes are the same, how many are not, and these. */

/* The blocks that changes are to; zeros at first. */
typedef struct RecipeMemory {
        uint8_t block[TAR_BLOCK_SIZE];
        uint8_t headers[256][TAR_BLOCK_SIZE]; /* by type */
} RecipeMemory;
