/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdio.h>

#include "basic/str.h"
#include "basic/strv.h"

/* A reader of unit files for tests, written after systemd's own words (systemd.syntax(7)) and with nothing of the writer's. Each
 * answers NULL where systemd would see something else than one plain value, or would pass over the line. */

/* The lines as "SECTION KEY=VALUE", strv. A line ends at a line break of any kind, and goes on behind a backslash. */
static inline char **unit_file_lines(const char *text) {
        _cleanup_strv_ char **lines = NULL;
        char section[32] = "";

        while (*text) {
                size_t n = strcspn(text, "\n\r");
                const char *equals = memchr(text, '=', n);

                if (n > 0 && text[n - 1] == '\\')
                        return NULL; /* nobody here means to write one */
                if (n > 2 && text[0] == '[' && text[n - 1] == ']')
                        (void) snprintf(section, sizeof(section), "%.*s", (int) n - 2, text + 1);
                else if (n > 0 && (!equals || !section[0] || strchr(" \t#;", text[0]) ||
                                   strv_addf(&lines, "%s %.*s", section, (int) n, text) < 0))
                        return NULL;
                text += n + (text[n] != '\0');
        }

        return TAKE_PTR(lines);
}

/* The value of the only such line, without the blanks around it; borrowed. */
static inline const char *unit_file_value(char *const *lines, const char *section_and_key) {
        size_t n = strlen(section_and_key);
        const char *value = NULL;

        STRV_FOREACH(line, lines)
                if (strncmp(*line, section_and_key, n) == 0 && (*line)[n] == '=') {
                        if (value)
                                return NULL;
                        value = *line + n + 1;
                }

        return value && value[0] != ' ' && value[0] != '\t' ? value : NULL;
}

/* Doubled characters become single ones; one that stands alone means something. */
static inline char *unit_file_single(const char *text, char doubled) {
        char *copy = strdup(text), *q = copy;

        for (const char *p = text; copy && *p; p++) {
                if (*p == doubled && *++p != doubled) {
                        free(copy);
                        return NULL;
                }
                *q++ = *p;
        }
        if (copy)
                *q = '\0';
        return copy;
}

static inline int unit_file_hex(const char *p) {
        uint8_t byte;
        char digits[3] = { p[0], p[0] ? p[1] : '\0' };

        return hex_decode(digits, &byte, 1) < 0 ? -1 : byte;
}

/* The words, strv; `separator` is a blank or what there is besides those. A backslash is one of C's escapes, if it knows these, else
 * it is taken away. */
static inline char **unit_file_words(const char *p, char separator, bool c_escapes) {
        _cleanup_strv_ char **words = NULL;

        while (*p) {
                _cleanup_free_ char *word = malloc(strlen(p) + 1);
                char *q = word, quote = '\0';

                for (; word && *p && (quote || (*p != separator && *p != ' ' && *p != '\t')); p++)
                        if (!quote && (*p == '"' || *p == '\''))
                                quote = *p;
                        else if (quote && *p == quote)
                                quote = '\0';
                        else if (*p != '\\')
                                *q++ = *p;
                        else if (c_escapes && *++p == 'x' && unit_file_hex(p + 1) > 0) {
                                *q++ = unit_file_hex(p + 1);
                                p += 2;
                        } else if (c_escapes ? strchr("\\\"'", *p) && *p : *++p != '\0')
                                *q++ = *p;
                        else
                                return NULL;
                if (!word || quote)
                        return NULL;
                *q = '\0';
                if (strv_add(&words, word) < 0)
                        return NULL;
                p += *p != '\0';
        }

        return TAKE_PTR(words);
}
