/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading the map of a sparse file from the blocks it fills.
 * Never: reads a block beyond it.
 * Follows: GNU tar, "Storing Sparse Files"; its struct sparse_header. */

#include "basic/refuse.h"
#include "tar/number.h"
#include "tar/sparse-blocks.h"

/* Where the map begins in a header, how many pairs are there, and what comes behind them. */
#define HEADER_MAP_OFFSET 386
#define HEADER_PAIRS 4
#define HEADER_MORE_OFFSET 482
#define HEADER_SIZE_OFFSET 483

/* In each of the blocks that follow, the map is at the beginning. */
#define BLOCK_PAIRS 21
#define BLOCK_MORE_OFFSET 504

static int next_block(TarStream *s, uint8_t ret[static TAR_BLOCK_SIZE], char **reterr_why) {
        int r = tar_stream_block(s, ret, reterr_why);
        return r == 0 ? refuse(reterr_why, -EBADMSG, "it is cut short") : r;
}

int tar_map_read_header(TarMap *m, TarStream *s, const uint8_t block[static TAR_BLOCK_SIZE],
                        int64_t *ret_size, char **reterr_why) {
        bool more = block[HEADER_MORE_OFFSET] != 0;
        uint8_t next[TAR_BLOCK_SIZE];

        if (!tar_number_field(block + HEADER_SIZE_OFFSET, 12, ret_size))
                return refuse(reterr_why, -EBADMSG, "its size is no number, or too large a one");

        int r = tar_map_add_fields(m, block + HEADER_MAP_OFFSET, HEADER_PAIRS, reterr_why);
        while (r >= 0 && more) {
                r = next_block(s, next, reterr_why);
                if (r < 0)
                        return r;
                r = tar_map_add_fields(m, next, BLOCK_PAIRS, reterr_why);
                more = next[BLOCK_MORE_OFFSET] != 0;
        }

        return r < 0 ? r : 0;
}

/* Decimal numbers, each on a line. */
typedef struct Lines {
        TarStream *stream;
        int64_t *left; /* of the data they are in front of */
        uint8_t block[TAR_BLOCK_SIZE];
        Cursor rest; /* of the block */
} Lines;

static int next_character(Lines *l, uint8_t *ret, char **reterr_why) {
        if (l->rest.n == 0) {
                if (*l->left < (int64_t) TAR_BLOCK_SIZE)
                        return refuse(reterr_why, -EBADMSG, "the map of a sparse file is cut short");
                int r = next_block(l->stream, l->block, reterr_why);
                if (r < 0)
                        return r;
                *l->left -= TAR_BLOCK_SIZE;
                l->rest = cursor_of(l->block, sizeof(l->block));
        }

        (void) cursor_take_u8(&l->rest, ret);
        return 0;
}

static int next_number(Lines *l, int64_t *ret, char **reterr_why) {
        uint8_t text[20];

        for (size_t n = 0; n < sizeof(text); n++) {
                int r = next_character(l, &text[n], reterr_why);
                if (r < 0)
                        return r;
                if (text[n] != '\n')
                        continue;
                if (!tar_number_decimal(cursor_of(text, n), ret))
                        break;
                return 0;
        }

        return refuse(reterr_why, -EBADMSG, "the map of a sparse file is damaged");
}

int tar_map_read_text(TarMap *m, TarStream *s, int64_t *size, char **reterr_why) {
        Lines lines = { .stream = s, .left = size };
        int64_t pairs, number;

        int r = next_number(&lines, &pairs, reterr_why);
        if (r < 0)
                return r;
        if (pairs < 0)
                return refuse(reterr_why, -EBADMSG, "the map of a sparse file has a negative number");

        for (; pairs > 0; pairs--)
                for (unsigned i = 0; i < 2; i++) {
                        r = next_number(&lines, &number, reterr_why);
                        if (r >= 0)
                                r = tar_map_add(m, number, reterr_why);
                        if (r < 0)
                                return r;
                }

        return 0;
}
