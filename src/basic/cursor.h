/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string.h>

#include "basic/macro.h"

/* The bytes of a binary document that have not been read yet, borrowed. All reading of foreign binary
 * formats goes through these functions: they check the length, move on, and are the only pointer arithmetic
 * on input. A function that returns false has changed nothing. */
typedef struct Cursor {
        const uint8_t *p;
        size_t n;
} Cursor;

static inline Cursor cursor_of(const void *data, size_t size) {
        return (Cursor) { .p = data, .n = size };
}

/* Takes the next `n` bytes as a cursor of their own. */
static inline bool cursor_take(Cursor *c, size_t n, Cursor *ret) {
        if (c->n < n)
                return false;

        *ret = (Cursor) { .p = c->p, .n = n };
        if (n > 0)
                c->p += n;
        c->n -= n;
        return true;
}

static inline bool cursor_take_u8(Cursor *c, uint8_t *ret) {
        Cursor t;

        if (!cursor_take(c, 1, &t))
                return false;

        *ret = t.p[0];
        return true;
}

static inline bool cursor_take_be16(Cursor *c, uint16_t *ret) {
        Cursor t;

        if (!cursor_take(c, 2, &t))
                return false;

        *ret = (uint16_t) (t.p[0] << 8 | t.p[1]);
        return true;
}

static inline bool cursor_take_be32(Cursor *c, uint32_t *ret) {
        Cursor t;

        if (!cursor_take(c, 4, &t))
                return false;

        *ret = (uint32_t) t.p[0] << 24 | (uint32_t) t.p[1] << 16 | (uint32_t) t.p[2] << 8 | t.p[3];
        return true;
}

/* What has been read since `start`, a copy of the cursor made earlier. */
static inline Cursor cursor_since(Cursor start, const Cursor *now) {
        return (Cursor) { .p = start.p, .n = start.n - now->n };
}

static inline bool cursor_equal(Cursor a, const void *data, size_t size) {
        return a.n == size && (size == 0 || memcmp(a.p, data, size) == 0);
}
