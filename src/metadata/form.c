/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: forms that are posted.
 * Never: takes one of several values: who signs and who verifies might take another one.
 * Follows: https://url.spec.whatwg.org/#application/x-www-form-urlencoded. */

#include <errno.h>

#include "basic/str.h"
#include "metadata/form.h"

static int decode_byte(Cursor *text, uint8_t *ret) {
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";
        unsigned value = 0;
        uint8_t c;

        for (unsigned i = 0; i < 2; i++) {
                const char *digit = cursor_take_u8(text, &c) && c ? strchr(digits, c) : NULL;
                if (!digit)
                        return -EBADMSG;
                value = value * 16 + (digit - digits) % 16;
        }

        *ret = value;
        return 0;
}

static int decode(Cursor text, Blob *ret) {
        _cleanup_blob_ Blob b = { .data = malloc(text.n + 1) };
        uint8_t *q = b.data, c;
        int r = q ? 0 : -ENOMEM;

        while (r >= 0 && cursor_take_u8(&text, &c)) {
                if (c == '%')
                        r = decode_byte(&text, &c);
                else if (c == '+')
                        c = ' ';
                if (r >= 0)
                        q[b.size++] = c;
        }
        if (r < 0)
                return r;

        q[b.size] = '\0';
        *ret = TAKE_BLOB(b);
        return 0;
}

/* All up to the next `end`, which is passed over, or to the end of all. */
static Cursor take_part(Cursor *c, char end) {
        const uint8_t *p = c->n > 0 ? memchr(c->p, end, c->n) : NULL;
        Cursor part = *c, unused;

        (void) cursor_take(c, p ? (size_t) (p - c->p) : c->n, &part);
        (void) cursor_take(c, 1, &unused);
        return part;
}

/* Whether it is the field of that name. */
static int read_field(Cursor field, const char *name, Blob *ret) {
        _cleanup_blob_ Blob key = {};

        int r = decode(take_part(&field, '='), &key);
        if (r < 0 || key.size != strlen(name) || memcmp(key.data, name, key.size) != 0)
                return r;

        r = decode(field, ret);
        return r < 0 ? r : 1;
}

int form_get(Cursor form, const char *name, Blob *ret) {
        _cleanup_blob_ Blob found = {};

        while (form.n > 0) {
                _cleanup_blob_ Blob value = {};

                int r = read_field(take_part(&form, '&'), name, &value);
                if (r < 0 || (r > 0 && found.data))
                        return r < 0 ? r : -EBADMSG;
                if (r > 0)
                        found = TAKE_BLOB(value);
        }
        if (!found.data)
                return -ENOENT;

        *ret = TAKE_BLOB(found);
        return 0;
}
