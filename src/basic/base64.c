/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: base64 of signatures, keys and passwords.
 * Never: takes two spellings of the same bytes.
 * Follows: RFC 4648 sections 4 and 3.5. */

#include "basic/str.h"
#include "basic/base64.h"

static int digit_value(uint8_t c) {
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters, of which the last `padding` are '='. */
static bool decode_group(Cursor group, size_t padding, uint8_t *ret) {
        uint32_t bits = 0;

        for (size_t i = 0; i < 4 - padding; i++) {
                int v = digit_value(group.p[i]);
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

int base64_decode(Cursor text, Blob *ret) {
        if (text.n == 0 || text.n % 4 != 0)
                return -EBADMSG;

        size_t padding = text.p[text.n - 1] != '=' ? 0 : text.p[text.n - 2] != '=' ? 1 : 2;
        size_t size = text.n / 4 * 3 - padding;
        _cleanup_blob_ Blob blob = { .data = malloc(size), .size = size };
        if (!blob.data)
                return -ENOMEM;

        Cursor group;
        for (size_t i = 0; cursor_take(&text, 4, &group); i += 3)
                if (!decode_group(group, text.n == 0 ? padding : 0, (uint8_t *) blob.data + i))
                        return -EBADMSG;

        *ret = TAKE_BLOB(blob);
        return 0;
}

static void encode_group(Cursor group, char ret[static 4]) {
        static const char digits[] = UPPERCASE LOWERCASE DIGITS "+/";
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
