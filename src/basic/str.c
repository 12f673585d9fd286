/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: comparisons, number and hex conversion, escaping of foreign text.
 * Never: depends on the locale; believes that text from outside may be printed as it is.
 * Follows: nothing but C. */

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>

#include "basic/str.h"

bool streq_ptr(const char *a, const char *b) {
        return a && b ? streq(a, b) : a == b;
}

const char *startswith(const char *s, const char *prefix) {
        size_t n = strlen(prefix);
        return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

const char *endswith(const char *s, const char *suffix) {
        size_t n = strlen(s), m = strlen(suffix);
        return n >= m && streq(s + n - m, suffix) ? s + n - m : NULL;
}

bool in_charset(const char *s, const char *charset) {
        return *s != '\0' && s[strspn(s, charset)] == '\0';
}

bool is_plain_name(const char *s) {
        return in_charset(s, LOWERCASE UPPERCASE DIGITS "._-") && !strchr("._-", s[0]) && strlen(s) <= 255;
}

int str_printf(char **ret, const char *format, ...) {
        va_list ap;
        char *s;

        va_start(ap, format);
        int n = vasprintf(&s, format, ap);
        va_end(ap);
        if (n < 0)
                return -ENOMEM;

        *ret = s;
        return 0;
}

int str_copy(const char *s, char **ret) {
        char *copy = NULL;

        if (s) {
                copy = strdup(s);
                if (!copy)
                        return -ENOMEM;
        }

        *ret = copy;
        return 0;
}

int str_upper(const char *s, char **ret) {
        char *copy = strdup(s);
        if (!copy)
                return -ENOMEM;

        for (char *p = copy; *p; p++)
                *p = toupper((unsigned char) *p);
        *ret = copy;
        return 0;
}

char *secret_free(char *s) {
        if (s)
                explicit_bzero(s, strlen(s));
        free(s);
        return NULL;
}

bool secret_equal(const void *a, const void *b, size_t size) {
        const volatile uint8_t *p = a, *q = b;
        uint8_t difference = 0;

        for (size_t i = 0; i < size; i++)
                difference |= p[i] ^ q[i];

        return difference == 0;
}

int str_to_u64(const char *s, uint64_t *ret) {
        uint64_t v = 0;

        if (!in_charset(s, DIGITS))
                return -EINVAL;

        for (; *s; s++)
                if (__builtin_mul_overflow(v, (uint64_t) 10, &v) ||
                    __builtin_add_overflow(v, (uint64_t) (*s - '0'), &v))
                        return -ERANGE;

        *ret = v;
        return 0;
}

void hex_encode(const void *data, size_t size, char *ret) {
        static const char digits[] = "0123456789abcdef";
        const uint8_t *p = data;

        for (size_t i = 0; i < size; i++) {
                ret[2 * i] = digits[p[i] >> 4];
                ret[2 * i + 1] = digits[p[i] & 15];
        }
        ret[2 * size] = '\0';
}

static int hex_digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return -EINVAL;
}

int hex_decode(const char *hex, void *ret, size_t size) {
        uint8_t *p = ret;

        if (strlen(hex) != 2 * size)
                return -EINVAL;

        for (size_t i = 0; i < size; i++) {
                int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
                if (high < 0 || low < 0)
                        return -EINVAL;
                p[i] = high << 4 | low;
        }

        return 0;
}

size_t utf8_decode(const void *data, size_t size, uint32_t *ret) {
        static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
        const uint8_t *p = data;
        size_t n = size == 0                      ? 0
                   : p[0] < 0x80                  ? 1
                   : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                   : p[0] >= 0xe0 && p[0] < 0xf0  ? 3
                   : p[0] >= 0xc2 && p[0] < 0xe0  ? 2
                                                  : 0;
        if (n == 0 || n > size)
                return 0;

        uint32_t code = n == 1 ? p[0] : p[0] & (0xff >> (n + 1));
        for (size_t i = 1; i < n; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
                code = code << 6 | (p[i] & 0x3f);
        }
        if (code < smallest[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
                return 0;

        *ret = code;
        return n;
}

/* The length of the UTF-8 sequence of two to four bytes at p, or 0 if it is not fit for a terminal: C1 controls
 * (U+0080…U+009F) are not. */
static size_t utf8_multibyte(const uint8_t *p, size_t size) {
        uint32_t code;

        size_t n = utf8_decode(p, size, &code);
        if (n < 2 || code < 0xa0)
                return 0;

        /* Line and paragraph separators and the bidirectional controls rearrange what a reader sees. */
        if (code == 0x061c || (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
            (code >= 0x2066 && code <= 0x2069))
                return 0;

        return n;
}

char *str_escape(const void *data, size_t size, size_t limit) {
        const uint8_t *p = data;
        size_t end = MIN(size, limit);
        char *s = malloc(end * 4 + sizeof("…"));
        if (!s)
                return NULL;

        char *q = s;
        for (size_t i = 0; i < end;) {
                size_t n = p[i] >= 0x20 && p[i] < 0x7f && p[i] != '\\' && p[i] != '\''
                                           ? 1
                                           : utf8_multibyte(p + i, end - i);
                if (n > 0) {
                        memcpy(q, p + i, n);
                        q += n;
                        i += n;
                } else {
                        q += sprintf(q, "\\x%02x", p[i]);
                        i++;
                }
        }
        strcpy(q, size > limit ? "…" : "");

        return s;
}

void str_to_line(char *text) {
        uint8_t *p = (uint8_t *) text, *end = p + strcspn(text, "\n");

        *end = '\0';
        while (p < end) {
                size_t n = *p >= ' ' && *p < 0x7f ? 1 : utf8_multibyte(p, end - p);
                if (n == 0)
                        *p = '?';
                p += MAX(n, (size_t) 1);
        }
}

unsigned long long str_random_u64(void) {
        unsigned long long v = 0;

        while (getrandom(&v, sizeof(v), 0) != sizeof(v))
                ;

        return v;
}
