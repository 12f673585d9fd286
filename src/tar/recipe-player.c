/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a recipe says, step by step.
 * Never: believes it; reads a file.
 * Follows: tar/recipe-format.h. */

#include <endian.h>
#include <string.h>

#include "basic/varint.h"
#include "tar/recipe-coder.h"
#include "tar/recipe-format.h"
#include "tar/recipe-player.h"

#define ZEROS_SIZE 4096u

struct RecipePlayer {
        RecipeDecoder text;
        uint64_t size, position;
        uint64_t zeros;    /* still to come */
        uint64_t files;    /* that have begun */
        uint64_t file_end; /* of the last piece of the last one */
        uint8_t bytes[TAR_BLOCK_SIZE];
        RecipeMemory memory;
};

int recipe_player_new(const void *recipe, size_t size, RecipePlayer **ret) {
        Cursor c = cursor_of(recipe, size);
        uint64_t tar_size;
        uint8_t version;

        if (!cursor_take_u8(&c, &version) || version != RECIPE_VERSION || c.n < sizeof(tar_size))
                return -EUCLEAN;
        c.n -= sizeof(tar_size);
        memcpy(&tar_size, c.p + c.n, sizeof(tar_size));

        _cleanup_(recipe_player_freep) RecipePlayer *p = calloc(1, sizeof(*p));
        if (!p)
                return -ENOMEM;

        recipe_decoder_init(&p->text, c);
        p->size = le64toh(tar_size);
        *ret = TAKE_PTR(p);
        return 0;
}

RecipePlayer *recipe_player_free(RecipePlayer *p) {
        free(p);
        return NULL;
}

uint64_t recipe_player_size(const RecipePlayer *p) {
        return p->size;
}

static bool take_number(RecipePlayer *p, uint64_t *ret) {
        uint8_t bytes[VARINT_MAX];
        size_t n = 0;

        do
                if (n == sizeof(bytes) || !recipe_decode(&p->text, &bytes[n], 1))
                        return false;
        while (bytes[n++] & 0x80);

        Cursor c = cursor_of(bytes, n);
        return varint_take(&c, ret);
}

static int give_bytes(const void *bytes, size_t size, RecipeStep *ret) {
        *ret = (RecipeStep) { .bytes = bytes, .size = size };
        return 1;
}

static int give_zeros(RecipePlayer *p, RecipeStep *ret) {
        static const uint8_t zeros[ZEROS_SIZE];
        size_t n = MIN(p->zeros, sizeof(zeros));

        p->zeros -= n;
        return give_bytes(zeros, n, ret);
}

static int give_data(RecipePlayer *p, uint64_t gap, uint64_t size, RecipeStep *ret) {
        uint64_t offset, end;

        if (p->files == 0 || __builtin_add_overflow(p->file_end, gap, &offset) ||
            __builtin_add_overflow(offset, size, &end))
                return -EUCLEAN;

        p->file_end = end;
        *ret = (RecipeStep) { .size = size, .file = p->files - 1, .offset = offset };
        return 1;
}

static bool apply_changes(RecipePlayer *p, uint64_t n, uint8_t block[static TAR_BLOCK_SIZE]) {
        uint64_t same, size, at = 0;

        for (; n > 0; n--) {
                if (!take_number(p, &same) || !take_number(p, &size) || same > TAR_BLOCK_SIZE - at ||
                    size > TAR_BLOCK_SIZE - at - same || !recipe_decode(&p->text, block + at + same, size))
                        return false;
                at += same + size;
        }

        return true;
}

static int play_block(RecipePlayer *p, bool header, uint64_t n, RecipeStep *ret) {
        uint8_t *block = p->memory.block, type;

        if (header) {
                if (!recipe_decode(&p->text, &type, 1))
                        return -EUCLEAN;
                block = p->memory.headers[type];
        }
        if (!apply_changes(p, n, block))
                return -EUCLEAN;
        if (header)
                tar_block_put_sum(block);

        return give_bytes(block, TAR_BLOCK_SIZE, ret);
}

static int play_bytes(RecipePlayer *p, uint64_t n, RecipeStep *ret) {
        if (n > sizeof(p->bytes) || !recipe_decode(&p->text, p->bytes, n))
                return -EUCLEAN;

        return give_bytes(p->bytes, n, ret);
}

static int play_file(RecipePlayer *p, bool padded, uint64_t n, RecipeStep *ret) {
        p->files++;
        p->file_end = 0;
        p->zeros = padded ? -(p->position + n) % TAR_BLOCK_SIZE : 0;
        return give_data(p, 0, n, ret);
}

static int play_piece(RecipePlayer *p, uint64_t n, RecipeStep *ret) {
        uint64_t gap;

        return take_number(p, &gap) ? give_data(p, gap, n, ret) : -EUCLEAN;
}

static int play_step(RecipePlayer *p, RecipeStep *ret) {
        uint64_t step;

        if (!take_number(p, &step))
                return -EUCLEAN;

        uint64_t n = step >> RECIPE_KIND_BITS;
        switch ((RecipeStepKind) (step & ((1 << RECIPE_KIND_BITS) - 1))) {
        case RECIPE_BLOCK: return play_block(p, false, n, ret);
        case RECIPE_HEADER: return play_block(p, true, n, ret);
        case RECIPE_BYTES: return play_bytes(p, n, ret);
        case RECIPE_ZEROS: p->zeros = n; return give_zeros(p, ret);
        case RECIPE_FILE: return play_file(p, false, n, ret);
        case RECIPE_FILE_PADDED: return play_file(p, true, n, ret);
        case RECIPE_PIECE: return play_piece(p, n, ret);
        default: return -EUCLEAN;
        }
}

/* Steps that only say that a file begins give nothing. */
int recipe_player_next(RecipePlayer *p, RecipeStep *ret) {
        RecipeStep step = {};
        int r;

        do {
                if (p->zeros == 0 && p->position == p->size)
                        return 0;
                r = p->zeros > 0 ? give_zeros(p, &step) : play_step(p, &step);
                if (r < 0)
                        return r;
        } while (step.size == 0);

        if (step.size > p->size - p->position)
                return -EUCLEAN;
        p->position += step.size;
        *ret = step;
        return 1;
}
