/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string.h>

#include "basic/macro.h"

#define DIGITS "0123456789"
#define LOWERCASE "abcdefghijklmnopqrstuvwxyz"
#define UPPERCASE "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static inline bool streq(const char *a, const char *b) {
        return strcmp(a, b) == 0;
}

/* NULL equals NULL only. */
bool streq_ptr(const char *a, const char *b);

/* The rest of `s` behind `prefix`, or NULL. */
const char *startswith(const char *s, const char *prefix);

/* A pointer to `suffix` within `s`, or NULL. */
const char *endswith(const char *s, const char *suffix);

/* True if `s` is not empty and consists of characters of `charset`. */
bool in_charset(const char *s, const char *charset);

/* A name that people give to a thing of theirs and programs make a file of: a letter or digit, then those, '.', '_' and '-', 255 at
 * most. What docker and podman call theirs. */
bool is_plain_name(const char *s);

/* asprintf() with the project's error model: 0 or -ENOMEM, and *ret owned by the caller. */
int str_printf(char **ret, const char *format, ...) _printf_(2, 3);

/* strdup() with the project's error model; NULL gives NULL. */
int str_copy(const char *s, char **ret);

/* A copy in capitals. 0 or -ENOMEM. */
int str_upper(const char *s, char **ret);

/* Wipes what must not stay in memory, and frees it. Returns NULL. */
char *secret_free(char *s);
DEFINE_CLEANUP(char, secret_free)
#define _cleanup_secret_ _cleanup_(secret_freep)

/* Compares in a time that tells nobody where the difference is. */
bool secret_equal(const void *a, const void *b, size_t size);

/* Decimal, nothing else: no sign, no blank, no leading or trailing rubbish. -EINVAL or -ERANGE. */
int str_to_u64(const char *s, uint64_t *ret);

/* `size` bytes as lower-case hex; `ret` holds 2*size+1 characters. */
void hex_encode(const void *data, size_t size, char *ret);

/* The reverse, lower case only, exactly 2*size digits and then the end. -EINVAL otherwise. */
int hex_decode(const char *hex, void *ret, size_t size);

/* The code point at the beginning of `data`: the number of its bytes, or 0 if it is not UTF-8 (overlong forms, surrogates and
 * what is beyond U+10FFFF are not), or there is none. */
size_t utf8_decode(const void *data, size_t size, uint32_t *ret);

/* Text from outside made fit for a terminal or a log line: printable ASCII and valid multi-byte UTF-8
 * stay, all else (also backslash, ' and newline) becomes \xNN. At most `limit` bytes of input, then "…".
 * NULL on lack of memory only. */
char *str_escape(const void *data, size_t size, size_t limit);

/* Makes one line, fit for a terminal, of a message that comes from a library or child of ours: foreign names
 * in it are escaped already or harmless, but who knows. Keeps quotes, unlike str_escape(). */
void str_to_line(char *text);

/* 64 random bits for temporary names and ids; never fails on a kernel we run on. */
unsigned long long str_random_u64(void);
