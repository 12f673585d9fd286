/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: base64 of signatures, keys and passwords.
 * Never: takes two spellings of the same bytes in one alphabet.
 * Follows: RFC 4648 sections 3.5, 4 and 5. */

#include "basic/base64.h"
#include "basic/str.h"

/* The digits that the two alphabets do not share: 62 and 63. */
#define STANDARD "+/"
#define URL_SAFE "-_"

static int digit_value(uint8_t c, const char last[static 2]) {
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        return c == last[0] ? 62 : c == last[1] ? 63 : -1;
}

/* Four characters, of which the last `padding` are '='. */
static bool decode_group(Cursor group, size_t padding, const char last[static 2], uint8_t *ret) {
        uint32_t bits = 0;

        for (size_t i = 0; i < 4 - padding; i++) {
                int v = digit_value(group.p[i], last);
                if (v < 0)
                        return false;
                bits |= (uint32_t) v << (18 - 6 * i);
        }
        if (bits & ((1U << 8 * padding) - 1))
                return false;

        for (size_t i = 0; i < 3 - padding; i++)
                ret[i] = bits >> (16 - 8 * i) & 0xff;
        return true;
}

static int decode(Cursor text, const char last[static 2], Blob *ret) {
        if (text.n == 0 || text.n % 4 != 0)
                return -EBADMSG;

        size_t padding = text.p[text.n - 1] != '=' ? 0 : text.p[text.n - 2] != '=' ? 1 : 2;
        size_t size = text.n / 4 * 3 - padding;
        _cleanup_blob_ Blob blob = { .data = malloc(size), .size = size };
        if (!blob.data)
                return -ENOMEM;

        Cursor group;
        for (size_t i = 0; cursor_take(&text, 4, &group); i += 3)
                if (!decode_group(group, text.n == 0 ? padding : 0, last, (uint8_t *) blob.data + i))
                        return -EBADMSG;

        *ret = TAKE_BLOB(blob);
        return 0;
}

int base64_decode(Cursor text, Blob *ret) {
        return decode(text, STANDARD, ret);
}

int base64_decode_either(Cursor text, Blob *ret) {
        int r = decode(text, STANDARD, ret);
        return r == -EBADMSG ? decode(text, URL_SAFE, ret) : r;
}

static void encode_group(Cursor group, char ret[static 4]) {
        static const char digits[] = UPPERCASE LOWERCASE DIGITS STANDARD;
        uint32_t bits = 0;

        for (size_t i = 0; i < group.n; i++)
                bits |= (uint32_t) group.p[i] << (16 - 8 * i);
        for (size_t i = 0; i < 4; i++)
                ret[i] = i <= group.n ? digits[bits >> (18 - 6 * i) & 63] : '=';
}

int base64_encode(Cursor data, char **ret) {
        char *text = malloc((data.n + 2) / 3 * 4 + 1), *end = text;
        Cursor group;

        if (!text)
                return -ENOMEM;

        for (; cursor_take(&data, 3, &group); end += 4)
                encode_group(group, end);
        if (data.n > 0) {
                encode_group(data, end);
                end += 4;
        }
        *end = '\0';

        *ret = text;
        return 0;
}
