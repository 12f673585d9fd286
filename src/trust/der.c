/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: walking over DER, and the head of an element.
 * Never: takes BER; allocates; descends by itself.
 * Follows: ITU-T X.690 sections 8 and 10. */

#include "trust/der.h"

static bool take_length(Cursor *c, size_t *ret) {
        uint8_t first, byte;
        size_t length = 0;

        if (!cursor_take_u8(c, &first))
                return false;
        if (first < 0x80) {
                *ret = first;
                return true;
        }
        if (first == 0x80 || first > 0x84)
                return false; /* indefinite, or larger than anything we read */

        for (unsigned i = first & 0x7f; i > 0; i--) {
                if (!cursor_take_u8(c, &byte) || (length == 0 && byte == 0))
                        return false;
                length = length << 8 | byte;
        }

        *ret = length;
        return length >= 0x80;
}

bool der_take(Cursor *c, uint8_t tag, Cursor *ret) {
        Cursor t = *c, contents;
        uint8_t found;
        size_t length;

        if (!cursor_take_u8(&t, &found) || found != tag || !take_length(&t, &length) ||
            !cursor_take(&t, length, &contents))
                return false;

        *c = t;
        *ret = contents;
        return true;
}

bool der_take_positive(Cursor *c, Cursor *ret) {
        Cursor t = *c, number;
        uint8_t first;

        if (!der_take(&t, DER_INTEGER, &number) || number.n == 0)
                return false;

        Cursor rest = number;
        (void) cursor_take_u8(&rest, &first);
        if (first & 0x80)
                return false; /* negative */
        if (first == 0) {
                if (rest.n == 0 || rest.p[0] < 0x80)
                        return false; /* zero, or a byte too long */
                number = rest;
        }

        *c = t;
        *ret = number;
        return true;
}

bool der_take_bytes(Cursor *c, Cursor *ret) {
        Cursor t = *c, bits;
        uint8_t unused;

        if (!der_take(&t, DER_BIT_STRING, &bits) || !cursor_take_u8(&bits, &unused) || unused != 0)
                return false;

        *c = t;
        *ret = bits;
        return true;
}

size_t der_format_header(uint8_t tag, size_t length, uint8_t ret[static DER_HEADER_MAX]) {
        size_t n = 0, n_length = 0;

        ret[n++] = tag;
        if (length < 0x80) {
                ret[n++] = (uint8_t) length;
                return n;
        }

        for (size_t rest = length; rest > 0; rest >>= 8)
                n_length++;
        ret[n++] = (uint8_t) (0x80 | n_length);
        while (n_length-- > 0)
                ret[n++] = (uint8_t) (length >> 8 * n_length);
        return n;
}
