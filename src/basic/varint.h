/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"

/* Whole numbers, small ones in few bytes: seven bits a byte, the lowest first, the top bit says that more
 * follow. Differences have their sign in the lowest bit. */

#define VARINT_MAX 10 /* bytes */

static inline size_t varint_put(uint8_t to[static VARINT_MAX], uint64_t value) {
        size_t n = 0;

        for (; value >= 0x80; value >>= 7)
                to[n++] = 0x80 | (value & 0x7f);
        to[n++] = value;
        return n;
}

/* False if it is cut off or has more than 64 bits. */
static inline bool varint_take(Cursor *c, uint64_t *ret) {
        Cursor ahead = *c;
        uint64_t value = 0;

        for (unsigned shift = 0; shift < 64; shift += 7) {
                uint8_t byte;

                if (!cursor_take_u8(&ahead, &byte) || (shift == 63 && byte > 1))
                        return false;
                value |= (uint64_t) (byte & 0x7f) << shift;
                if (byte < 0x80) {
                        *c = ahead;
                        *ret = value;
                        return true;
                }
        }

        return false;
}

static inline uint64_t varint_of_difference(uint64_t from, uint64_t to) {
        uint64_t difference = to - from;

        return difference << 1 ^ -(difference >> 63);
}

static inline uint64_t varint_add(uint64_t from, uint64_t difference) {
        return from + (difference >> 1 ^ -(difference & 1));
}
