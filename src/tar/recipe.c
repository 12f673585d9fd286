/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: saying with few bytes what is in a tar besides files.
 * Never: compresses as zlib or zstd do, whose next version says the same in other bytes; keeps a recipe.
 * Follows: tar/recipe-format.h. */

#include <endian.h>
#include <string.h>

#include "basic/varint.h"
#include "tar/recipe-coder.h"
#include "tar/recipe-format.h"
#include "tar/recipe.h"

/* Bytes between two changes that cost more to leave out than to repeat. */
#define GAP_MAX 2

struct Recipe {
        RecipeEncoder encoder;
        uint64_t size; /* of the tar so far */

        /* Bytes that are in no file and do not fill a block yet, or zeros, as many as there are. */
        uint8_t bytes[TAR_BLOCK_SIZE];
        size_t n_bytes;
        uint64_t n_zeros;

        /* A piece of a file that may still grow. */
        uint64_t piece_gap, piece_size, file_end;
        bool have_piece, piece_is_first;
        uint64_t new_files; /* since the last piece */

        RecipeMemory memory;
};

int recipe_new(RecipeWrite write, void *userdata, Recipe **ret) {
        _cleanup_(recipe_freep) Recipe *r = calloc(1, sizeof(*r));
        if (!r)
                return -ENOMEM;

        recipe_encoder_init(&r->encoder, write, userdata);
        int k = write(userdata, &(uint8_t) { RECIPE_VERSION }, 1);
        if (k < 0)
                return k;

        *ret = TAKE_PTR(r);
        return 0;
}

Recipe *recipe_free(Recipe *r) {
        free(r);
        return NULL;
}

static size_t put_step(uint8_t to[static VARINT_MAX], RecipeStepKind kind, uint64_t n) {
        return varint_put(to, n << RECIPE_KIND_BITS | kind);
}

static int write_step(Recipe *r, RecipeStepKind kind, uint64_t n, const void *data, size_t size) {
        uint8_t step[VARINT_MAX];

        int k = recipe_encode(&r->encoder, step, put_step(step, kind, n));
        return k < 0 ? k : recipe_encode(&r->encoder, data, size);
}

/* Where the bytes that differ from `i` on end. */
static size_t end_of_change(const uint8_t *from, const uint8_t *to, size_t i) {
        size_t end = i;

        for (; i < TAR_BLOCK_SIZE && i <= end + GAP_MAX; i++)
                if (from[i] != to[i])
                        end = i + 1;

        return end;
}

/* The changes are never as long as this: each has at most four bytes besides its own, and three that stay are
 * between two. */
#define CHANGES_MAX (3 * TAR_BLOCK_SIZE)

static size_t put_changes(const uint8_t *from, const uint8_t *to, uint8_t ret[static CHANGES_MAX],
                          uint64_t *ret_n) {
        size_t size = 0, last = 0;

        *ret_n = 0;
        for (size_t i = 0; i < TAR_BLOCK_SIZE; i++) {
                if (from[i] == to[i])
                        continue;

                size_t end = end_of_change(from, to, i);
                size += varint_put(ret + size, i - last);
                size += varint_put(ret + size, end - i);
                memcpy(ret + size, to + i, end - i);
                size += end - i;
                i = last = end;
                (*ret_n)++;
        }

        return size;
}

static bool is_header(const uint8_t block[static TAR_BLOCK_SIZE]) {
        uint8_t copy[TAR_BLOCK_SIZE];

        memcpy(copy, block, sizeof(copy));
        tar_block_put_sum(copy);
        return memcmp(copy, block, sizeof(copy)) == 0;
}

static int write_block(Recipe *r, const uint8_t block[static TAR_BLOCK_SIZE]) {
        uint8_t changes[1 + CHANGES_MAX];
        bool header = is_header(block);
        size_t size = 0;
        uint64_t n;

        uint8_t type = block[TAR_TYPE_OFFSET];
        uint8_t *last = header ? r->memory.headers[type] : r->memory.block;
        if (header) {
                memcpy(last + TAR_SUM_OFFSET, block + TAR_SUM_OFFSET, TAR_SUM_SIZE);
                changes[size++] = type;
        }

        size += put_changes(last, block, changes + size, &n);
        memcpy(last, block, TAR_BLOCK_SIZE);
        return write_step(r, header ? RECIPE_HEADER : RECIPE_BLOCK, n, changes, size);
}

/* Zeros behind it are its padding first of all. */
static int write_piece(Recipe *r) {
        uint64_t padding = -(r->size - r->n_bytes - r->n_zeros) % TAR_BLOCK_SIZE;
        bool padded = r->piece_is_first && padding > 0 && padding <= r->n_zeros;
        uint8_t gap[VARINT_MAX];

        r->have_piece = false;
        if (!r->piece_is_first)
                return write_step(r, RECIPE_PIECE, r->piece_size, gap, varint_put(gap, r->piece_gap));

        r->n_zeros -= padded ? padding : 0;
        return write_step(r, padded ? RECIPE_FILE_PADDED : RECIPE_FILE, r->piece_size, NULL, 0);
}

/* Nothing but bytes that do not fill a block is left to be said. */
static int settle(Recipe *r) {
        int k = r->have_piece ? write_piece(r) : 0;
        if (k >= 0 && r->n_zeros > 0)
                k = write_step(r, RECIPE_ZEROS, r->n_zeros, NULL, 0);
        if (k < 0)
                return k;

        r->n_zeros = 0;
        return 0;
}

static bool is_zero(const uint8_t *p, size_t size) {
        return size == 0 || (p[0] == 0 && memcmp(p, p + 1, size - 1) == 0);
}

static int flush_bytes(Recipe *r) {
        size_t n = r->n_bytes;

        if (is_zero(r->bytes, n)) {
                r->n_zeros += n;
                r->n_bytes = 0;
                return 0;
        }

        int k = settle(r);
        if (k >= 0)
                k = n == TAR_BLOCK_SIZE ? write_block(r, r->bytes)
                                        : write_step(r, RECIPE_BYTES, n, r->bytes, n);
        r->n_bytes = 0;
        return k;
}

int recipe_add_bytes(Recipe *r, const void *data, size_t size) {
        const uint8_t *p = data;

        while (size > 0) {
                size_t n = MIN(size, TAR_BLOCK_SIZE - r->size % TAR_BLOCK_SIZE);

                memcpy(r->bytes + r->n_bytes, p, n);
                r->n_bytes += n;
                r->size += n;
                p += n;
                size -= n;

                int k = r->size % TAR_BLOCK_SIZE == 0 ? flush_bytes(r) : 0;
                if (k < 0)
                        return k;
        }

        return 0;
}

void recipe_add_file(Recipe *r) {
        r->new_files++;
}

/* What is said of the files since the last piece, so that the number of the one whose piece this is is known. */
static int begin_piece(Recipe *r, uint64_t offset) {
        int k = settle(r);

        r->piece_is_first = r->new_files > 0 && offset == 0;
        if (r->new_files > 0)
                r->file_end = 0;
        for (; k >= 0 && r->new_files > r->piece_is_first; r->new_files--)
                k = write_step(r, RECIPE_FILE, 0, NULL, 0);
        if (k < 0)
                return k;

        r->new_files = 0;
        r->piece_gap = offset - r->file_end;
        r->piece_size = 0;
        r->have_piece = true;
        return 0;
}

int recipe_add_data(Recipe *r, uint64_t offset, uint64_t size) {
        int k = flush_bytes(r);
        if (k >= 0 && (!r->have_piece || r->n_zeros > 0 || r->new_files > 0 || offset != r->file_end))
                k = begin_piece(r, offset);
        if (k < 0)
                return k;

        r->piece_size += size;
        r->file_end = offset + size;
        r->size += size;
        return 0;
}

int recipe_finish(Recipe *r) {
        uint64_t size = htole64(r->size);

        int k = flush_bytes(r);
        if (k >= 0)
                k = settle(r);
        if (k >= 0)
                k = recipe_encoder_finish(&r->encoder);
        return k < 0 ? k : r->encoder.write(r->encoder.userdata, &size, sizeof(size));
}
