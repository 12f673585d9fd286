/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: writing what is likely in less than what is not.
 * Never: knows what a recipe says.
 * Follows: Rissanen, Langdon, "Arithmetic Coding" (IBM Journal, 1979), one bit at a time. */

#include "tar/recipe-coder.h"

#define EVEN 0x8000

/* How fast: what is in a recipe is soon like what was before it. */
#define LEARN_SHIFT 4

/* A decoder looks at four bytes; of the last four only the first is written. */
#define BEYOND_MAX 3

/* Odds are never zero, nor is it certain that there is a one: no step is as large as what is left. */
static void learn(int16_t *odds, bool bit) {
        unsigned now = EVEN + *odds;

        if (bit)
                *odds += (UINT16_MAX - now) >> LEARN_SHIFT;
        else
                *odds -= now >> LEARN_SHIFT;
}

/* Up to here it is a one. Low and high differ, and so do high and this. */
static uint32_t split(uint32_t low, uint32_t high, int16_t odds) {
        return low + ((uint64_t) (high - low) * (uint32_t) (EVEN + odds) >> 16);
}

/* Whether the first byte of all that is possible is known. */
static bool is_settled(uint32_t low, uint32_t high) {
        return (low ^ high) >> 24 == 0;
}

void recipe_encoder_init(RecipeEncoder *e, RecipeWrite write, void *userdata) {
        *e = (RecipeEncoder) { .high = UINT32_MAX, .write = write, .userdata = userdata };
}

static int encode_bit(RecipeEncoder *e, int16_t *odds, bool bit) {
        uint32_t middle = split(e->low, e->high, *odds);

        if (bit)
                e->high = middle;
        else
                e->low = middle + 1;
        learn(odds, bit);

        for (; is_settled(e->low, e->high); e->low <<= 8, e->high = e->high << 8 | 0xff) {
                int r = e->write(e->userdata, &(uint8_t) { e->high >> 24 }, 1);
                if (r < 0)
                        return r;
        }

        return 0;
}

int recipe_encode(RecipeEncoder *e, const void *data, size_t size) {
        for (const uint8_t *p = data; size > 0; p++, size--) {
                int16_t *odds = e->model.odds[e->model.last];

                for (unsigned seen = 1, i = 0; i < 8; i++) {
                        bool bit = *p << i & 0x80;

                        int r = encode_bit(e, &odds[seen], bit);
                        if (r < 0)
                                return r;
                        seen = seen << 1 | bit;
                }
                e->model.last = *p;
        }

        return 0;
}

/* With zeros behind it, this is more than low, for it differs from that. */
int recipe_encoder_finish(RecipeEncoder *e) {
        return e->write(e->userdata, &(uint8_t) { e->high >> 24 }, 1);
}

static void shift_in(RecipeDecoder *d) {
        uint8_t byte = 0;

        if (!cursor_take_u8(&d->rest, &byte))
                d->beyond++;
        d->value = d->value << 8 | byte;
}

void recipe_decoder_init(RecipeDecoder *d, Cursor from) {
        *d = (RecipeDecoder) { .high = UINT32_MAX, .rest = from };
        for (size_t i = 0; i < sizeof(d->value); i++)
                shift_in(d);
}

static bool decode_bit(RecipeDecoder *d, int16_t *odds) {
        uint32_t middle = split(d->low, d->high, *odds);
        bool bit = d->value <= middle;

        if (bit)
                d->high = middle;
        else
                d->low = middle + 1;
        learn(odds, bit);

        for (; is_settled(d->low, d->high); d->low <<= 8, d->high = d->high << 8 | 0xff)
                shift_in(d);

        return bit;
}

bool recipe_decode(RecipeDecoder *d, void *ret, size_t size) {
        for (uint8_t *p = ret; size > 0 && d->beyond <= BEYOND_MAX; p++, size--) {
                int16_t *odds = d->model.odds[d->model.last];
                unsigned seen = 1;

                while (seen <= UINT8_MAX)
                        seen = seen << 1 | decode_bit(d, &odds[seen]);
                d->model.last = *p = seen;
        }

        return size == 0 && d->beyond <= BEYOND_MAX;
}
