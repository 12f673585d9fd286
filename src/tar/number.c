/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the spellings of numbers in a tar.
 * Never: takes what overflows, or half a number.
 * Follows: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar, "Extensions to the standard". */

#include "tar/number.h"

static bool is_digit(uint8_t c) {
        return c >= '0' && c <= '9';
}

static bool base_256(const uint8_t *p, size_t size, int64_t *ret) {
        bool negative = p[0] & 0x40;
        uint64_t sign = negative ? UINT64_MAX : 0, value = sign << 6 | (p[0] & 0x3f);

        for (size_t i = 1; i < size; i++) {
                if (value >> 55 != sign >> 55)
                        return false;
                value = value << 8 | p[i];
        }

        *ret = (int64_t) value;
        return true;
}

bool tar_number_field(const uint8_t *field, size_t size, int64_t *ret) {
        uint64_t value = 0;
        size_t i = 0;

        if (field[0] & 0x80)
                return base_256(field, size, ret);

        while (i < size && (field[i] == ' ' || field[i] == '\0'))
                i++;
        for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
                value = value << 3 | (field[i] - '0'); /* no field has more than 12 of them */
        if (i < size && field[i] != ' ' && field[i] != '\0')
                return false;

        *ret = (int64_t) value;
        return true;
}

static bool take_sign(Cursor *c) {
        if (c->n == 0 || c->p[0] != '-')
                return false;

        Cursor sign;
        return cursor_take(c, 1, &sign);
}

/* As many digits as there are, at least one. */
static bool take_digits(Cursor *c, uint64_t *ret) {
        size_t before = c->n;
        uint64_t value = 0;
        uint8_t digit;

        while (c->n > 0 && is_digit(c->p[0])) {
                (void) cursor_take_u8(c, &digit);
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, digit - '0', &value) || value > INT64_MAX)
                        return false;
        }

        *ret = value;
        return c->n < before;
}

bool tar_number_decimal(Cursor text, int64_t *ret) {
        bool negative = take_sign(&text);
        uint64_t value;

        if (!take_digits(&text, &value) || text.n > 0)
                return false;

        *ret = negative ? -(int64_t) value : (int64_t) value;
        return true;
}

/* Of what follows the point. */
static bool nanoseconds(Cursor text, uint32_t *ret) {
        uint32_t value = 0;

        for (size_t i = 0; i < text.n; i++)
                if (!is_digit(text.p[i]))
                        return false;
        for (size_t i = 0; i < 9; i++)
                value = value * 10 + (i < text.n ? text.p[i] - '0' : 0);

        *ret = value;
        return true;
}

bool tar_number_time(Cursor text, int64_t *ret_sec, uint32_t *ret_nsec) {
        bool negative = take_sign(&text);
        uint32_t nsec = 0;
        uint64_t value;
        uint8_t point;

        if (!take_digits(&text, &value))
                return false;
        if (cursor_take_u8(&text, &point) && (point != '.' || !nanoseconds(text, &nsec)))
                return false;

        int64_t sec = negative ? -(int64_t) value : (int64_t) value;
        *ret_sec = negative && nsec > 0 ? sec - 1 : sec;
        *ret_nsec = negative && nsec > 0 ? 1000000000 - nsec : nsec;
        return true;
}
