/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the escaping of text in unit files.
 * Never: writes what systemd would read as something else, or pass over.
 * Follows: systemd.syntax(7), "Quoting"; systemd.unit(5), "Specifiers"; systemd.service(5), "Command lines". */

#include <errno.h>

#include "basic/str.h"
#include "pod/unit-property.h"
#include "pod/unit-text.h"

/* systemd passes over a line with a code point that will never be a character. */
static bool is_character(uint32_t code) {
        return (code & 0xfffe) != 0xfffe && (code < 0xfdd0 || code > 0xfdef);
}

static bool is_utf8(const char *text) {
        size_t left = strlen(text);

        while (left > 0) {
                uint32_t code;

                size_t n = utf8_decode(text, left, &code);
                if (n == 0 || !is_character(code))
                        return false;
                text += n;
                left -= n;
        }

        return true;
}

static bool has_line_break(const char *text) {
        return text[strcspn(text, "\n\r")] != '\0';
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t';
}

static bool is_control(char c) {
        return ((unsigned char) c < ' ') || c == 0x7f;
}

static bool may_be_plain(const char *text) {
        size_t n = strlen(text);

        return is_utf8(text) && !has_line_break(text) &&
               (n == 0 || (!is_blank(text[0]) && !is_blank(text[n - 1]) && text[n - 1] != '\\'));
}

/* What is in `doubled` comes twice, what is in `escaped` behind a backslash. */
static void put(FILE *f, const char *text, const char *doubled, const char *escaped) {
        for (; *text; text++) {
                if (strchr(doubled, *text))
                        (void) putc(*text, f);
                else if (strchr(escaped, *text))
                        (void) putc('\\', f);
                (void) putc(*text, f);
        }
}

int unit_put_plain(FILE *f, const char *text) {
        if (!may_be_plain(text))
                return -EINVAL;

        put(f, text, "%", "");
        return 0;
}

static bool may_be_word(const char *text) {
        for (const char *p = text; *p; p++)
                if (is_control(*p) && *p != '\t' && *p != '\n')
                        return false; /* systemd passes over such a variable */

        return is_utf8(text);
}

/* With the escapes of C, which some directives know. */
int unit_put_word(FILE *f, const char *text) {
        if (!may_be_word(text))
                return -EINVAL;

        (void) putc('"', f);
        for (; *text; text++)
                if (is_control(*text))
                        fprintf(f, "\\x%02x", *text);
                else
                        put(f, (char[]) { *text, '\0' }, "%", "\"\\");
        (void) putc('"', f);
        return 0;
}

/* Here a backslash makes an ordinary character of the one behind it and knows no other. */
static int put_value(FILE *f, UnitSpelling spelling, const char *value) {
        if (spelling == UNIT_WORD && value[0] != '\0')
                return unit_put_word(f, value);
        if (spelling == UNIT_PLAIN || spelling == UNIT_WORD)
                return unit_put_plain(f, value);
        if (!may_be_plain(value))
                return -EINVAL;

        put(f, value, "", spelling == UNIT_ESCAPED ? "\\" : "");
        return 0;
}

int unit_put_property(FILE *f, const char *assignment) {
        const char *equals = strchr(assignment, '=');
        UnitSpelling spelling;

        if (!equals)
                return -EINVAL;
        int r = unit_property_spelling(assignment, &spelling);
        if (r < 0)
                return r;

        fprintf(f, "%.*s=", (int) (equals - assignment), assignment);
        r = put_value(f, spelling, equals + 1);
        (void) putc('\n', f);
        return r;
}
