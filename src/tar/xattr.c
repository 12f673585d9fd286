/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the spelling of LIBARCHIVE.xattr records.
 * Never: knows what the attributes mean.
 * Follows: libarchive, tar(5), "LIBARCHIVE.xattr". */

#include <string.h>

#include "basic/base64.h"
#include "basic/refuse.h"
#include "tar/xattr.h"

static int hex_digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool decode_name(char *name) {
        char *to = name;

        for (const char *p = name; *p != '\0'; p++) {
                char c = *p;

                if (c == '%') {
                        int high = hex_digit(p[1]), low = high < 0 ? -1 : hex_digit(p[2]);
                        if (low < 0 || (high | low) == 0)
                                return false;
                        c = (char) (high << 4 | low);
                        p += 2;
                }
                *to++ = c;
        }

        *to = '\0';
        return true;
}

/* What comes out is shorter than what it is put over. */
static int decode_value(Cursor *value) {
        _cleanup_free_ char *padded = malloc(value->n + 3);
        _cleanup_blob_ Blob decoded = {};
        size_t size = value->n;

        if (size == 0)
                return 0;
        if (!padded)
                return -ENOMEM;

        memcpy(padded, value->p, size);
        while (size % 4 != 0)
                padded[size++] = '=';

        int r = base64_decode(cursor_of(padded, size), &decoded);
        if (r < 0)
                return r;

        memcpy((uint8_t *) value->p, decoded.data, decoded.size);
        value->n = decoded.size;
        return 0;
}

int tar_xattr_decode(char *name, Cursor *value, char **reterr_why) {
        int r = decode_name(name) ? decode_value(value) : -EBADMSG;
        return r == -EBADMSG ? refuse(reterr_why, r, "it is not properly encoded") : r;
}
