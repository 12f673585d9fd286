/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how one line holds several words or fields.
 * Never: expands variables or specifiers; takes an escape that it does not know for a character.
 * Follows: systemd.service(5), "COMMAND LINES"; systemd.syntax(7), "QUOTING". */

#include <stdio.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"

#define BLANKS " \t\n\r"

/* So many digits at *p, which is moved behind them. */
static int take_digits(const char **p, unsigned base, size_t n, uint32_t *ret) {
        uint32_t value = 0;

        for (; n > 0; n--, (*p)++) {
                const char *digits = "0123456789abcdefABCDEF", *found = **p ? strchr(digits, **p) : NULL;
                if (!found)
                        return -EINVAL;

                unsigned digit = found - digits >= 16 ? found - digits - 6 : found - digits;
                if (digit >= base)
                        return -EINVAL;
                value = value * base + digit;
        }

        *ret = value;
        return 0;
}

static int put_code_point(uint32_t c, char **q) {
        if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return -EINVAL;

        if (c < 0x80)
                *(*q)++ = c;
        else {
                int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

                *(*q)++ = (0xff00 >> (more + 1) & 0xff) | c >> 6 * more;
                while (more-- > 0)
                        *(*q)++ = 0x80 | (c >> 6 * more & 0x3f);
        }

        return 0;
}

/* A character by its number: "x41", "101", "u20ac", "U0001f680". The result is never longer than that. */
static int take_number(const char **p, char **q) {
        bool octal = **p >= '0' && **p <= '7';
        size_t n = octal ? 3 : **p == 'x' ? 2 : **p == 'u' ? 4 : **p == 'U' ? 8 : 0;
        uint32_t value;

        if (n == 0)
                return -EINVAL;
        bool byte = n <= 3;
        *p += !octal;

        int r = take_digits(p, octal ? 8 : 16, n, &value);
        if (r < 0)
                return r;
        if (value == 0 || (byte && value > 0xff))
                return -EINVAL;
        if (!byte)
                return put_code_point(value, q);

        *(*q)++ = value;
        return 0;
}

/* What is behind a backslash. */
static int take_escape(const char **p, char **q) {
        static const char from[] = "abfnrtvs\\\"'", to[] = "\a\b\f\n\r\t\v \\\"'";

        const char *found = **p ? strchr(from, **p) : NULL;
        if (!found)
                return take_number(p, q);

        *(*q)++ = to[found - from];
        (*p)++;
        return 0;
}

/* The word at *p into `buffer`. */
static int take_word(const char **p, char *buffer, char **reterr_why) {
        char quote = '\0', *q = buffer;

        while (**p && (quote || !strchr(BLANKS, **p))) {
                char c = *(*p)++;

                if (c == '\\') {
                        if (take_escape(p, &q) < 0)
                                return refuse(reterr_why, -EINVAL,
                                              "a backslash begins an escape that is not known");
                } else if (quote ? c == quote : c == '"' || c == '\'')
                        quote = quote ? '\0' : c;
                else
                        *q++ = c;
        }
        if (quote)
                return refuse(reterr_why, -EINVAL, "a quotation mark is not closed");

        *q = '\0';
        return 0;
}

int words_split(const char *text, char ***ret, char **reterr_why) {
        _cleanup_strv_ char **words = NULL;
        _cleanup_free_ char *buffer = malloc(strlen(text) + 1);
        const char *p = text;
        int r = buffer ? 0 : -ENOMEM;

        while (r >= 0 && *(p += strspn(p, BLANKS))) {
                r = take_word(&p, buffer, reterr_why);
                if (r >= 0)
                        r = strv_add(&words, buffer);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(words);
        return 0;
}

int word_quote(const char *word, char **ret) {
        char *quoted = malloc(strlen(word) * 4 + sizeof("\"\""));
        if (!quoted)
                return -ENOMEM;

        char *q = quoted;
        *q++ = '"';
        for (const char *p = word; *p; p++)
                if ((unsigned char) *p < ' ')
                        q += sprintf(q, "\\x%02x", *p);
                else {
                        if (*p == '"' || *p == '\\')
                                *q++ = '\\';
                        *q++ = *p;
                }
        strcpy(q, "\"");

        *ret = quoted;
        return 0;
}

/* The field at *p into `buffer`; *p is at its colon or at the end then. */
static int take_field(const char **p, char *buffer, char **reterr_why) {
        char *q = buffer;

        for (; **p && **p != ':'; (*p)++) {
                if (**p == '\\') {
                        (*p)++;
                        if (**p != ':' && **p != '\\')
                                return refuse(reterr_why, -EINVAL,
                                              "a backslash is written '\\\\', and a colon in a name '\\:'");
                }
                *q++ = **p;
        }

        *q = '\0';
        return 0;
}

int fields_split(const char *text, char ***ret, char **reterr_why) {
        _cleanup_strv_ char **fields = NULL;
        _cleanup_free_ char *buffer = malloc(strlen(text) + 1);
        const char *p = text;
        if (!buffer)
                return -ENOMEM;

        for (;; p++) {
                int r = take_field(&p, buffer, reterr_why);
                if (r >= 0)
                        r = strv_add(&fields, buffer);
                if (r < 0)
                        return r;
                if (!*p)
                        break;
        }

        *ret = TAKE_PTR(fields);
        return 0;
}

int field_quote(const char *field, char **ret) {
        char *quoted = malloc(strlen(field) * 2 + 1);
        if (!quoted)
                return -ENOMEM;

        char *q = quoted;
        for (const char *p = field; *p; p++) {
                if (*p == ':' || *p == '\\')
                        *q++ = '\\';
                *q++ = *p;
        }
        *q = '\0';

        *ret = quoted;
        return 0;
}
