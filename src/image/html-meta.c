/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: finding the <meta> tags of an HTML page, wherever they stand in it.
 * Never: fails on what is not HTML; builds a tree, runs a script, looks into a comment.
 * Follows: WHATWG HTML, 13.2.5 "Tokenization", without the states that only scripts need. */

#include <strings.h>

#include "basic/str.h"
#include "image/html-meta.h"

#define BLANKS "\t\n\f\r "
#define HEX_DIGITS DIGITS "abcdefABCDEF"
#define UNICODE_END 0x110000U
#define REPLACEMENT 0xfffdU
#define REPLACEMENT_SIZE 3U /* in UTF-8; no byte of input becomes more */

typedef struct Attribute {
        Cursor name, value;
} Attribute;

static bool is_one_of(uint8_t byte, const char *set) {
        return byte != '\0' && strchr(set, byte);
}

/* Takes all bytes before the first one of `stop`. */
static Cursor take_until(Cursor *c, const char *stop) {
        Cursor taken = {};
        size_t n = 0;

        while (n < c->n && !is_one_of(c->p[n], stop))
                n++;

        (void) cursor_take(c, n, &taken);
        return taken;
}

static void skip(Cursor *c, const char *set) {
        Cursor byte;

        while (c->n > 0 && is_one_of(c->p[0], set))
                (void) cursor_take(c, 1, &byte);
}

static bool equals(Cursor c, const char *word) {
        return c.n == strlen(word) && strncasecmp((const char *) c.p, word, c.n) == 0;
}

static bool take_word(Cursor *c, const char *word) {
        Cursor rest = *c, head;

        if (!cursor_take(&rest, strlen(word), &head) || !equals(head, word))
                return false;

        *c = rest;
        return true;
}

/* Behind "<!--". */
static void skip_comment(Cursor *page) {
        Cursor byte;

        if (take_word(page, ">") || take_word(page, "->"))
                return;

        do
                take_until(page, "-");
        while (!take_word(page, "-->") && !take_word(page, "--!>") && cursor_take(page, 1, &byte));
}

/* A declaration, a processing instruction, or what else stands where a tag should. */
static void skip_declaration(Cursor *page) {
        take_until(page, ">");
        (void) take_word(page, ">");
}

/* The element between whose tags nothing is one but its own end. */
static const char *raw_element(Cursor name) {
        static const char *const elements[] = { "script", "style",   "textarea", "title",
                                                "iframe", "noembed", "noframes", "xmp" };

        for (size_t i = 0; i < ELEMENTSOF(elements); i++)
                if (equals(name, elements[i]))
                        return elements[i];

        return NULL;
}

static bool ends_element(Cursor rest, const char *element) {
        return take_word(&rest, "</") && take_word(&rest, element) && rest.n > 0 &&
               is_one_of(rest.p[0], BLANKS "/>");
}

static void skip_raw_text(Cursor *page, const char *element) {
        Cursor byte;

        do
                take_until(page, "<");
        while (!ends_element(*page, element) && cursor_take(page, 1, &byte));
}

static Cursor take_value(Cursor *tag) {
        const char *quote = take_word(tag, "\"") ? "\"" : take_word(tag, "'") ? "'" : NULL;

        Cursor value = take_until(tag, quote ? quote : BLANKS ">");
        if (quote)
                (void) take_word(tag, quote);

        return value;
}

static bool next_attribute(Cursor *tag, Attribute *ret) {
        skip(tag, BLANKS "/");
        if (tag->n == 0 || tag->p[0] == '>')
                return false;

        Cursor start = *tag;
        (void) take_word(tag, "="); /* begins a name, if there is none before it */
        take_until(tag, BLANKS "/>=");
        ret->name = cursor_since(start, tag);

        skip(tag, BLANKS);
        ret->value = cursor_of(tag->p, 0);
        if (take_word(tag, "=")) {
                skip(tag, BLANKS);
                ret->value = take_value(tag);
        }

        return true;
}

/* Behind "<". True if it was a whole <meta> tag; of an attribute that comes twice the first counts. */
static bool read_tag(Cursor *page, HtmlMeta *ret) {
        HtmlMeta meta = {};
        Attribute attribute;

        bool end = take_word(page, "/");
        if (page->n == 0 || !is_one_of(page->p[0], LOWERCASE UPPERCASE)) {
                if (end)
                        skip_declaration(page);
                return false;
        }

        Cursor name = take_until(page, BLANKS "/>");
        while (next_attribute(page, &attribute))
                if (equals(attribute.name, "name") && !meta.name.p)
                        meta.name = attribute.value;
                else if (equals(attribute.name, "content") && !meta.content.p)
                        meta.content = attribute.value;

        if (!take_word(page, ">") || end)
                return false;

        const char *element = raw_element(name);
        if (element)
                skip_raw_text(page, element);
        if (!equals(name, "meta"))
                return false;

        *ret = meta;
        return true;
}

bool html_next_meta(Cursor *page, HtmlMeta *ret) {
        for (;;) {
                take_until(page, "<");
                if (!take_word(page, "<"))
                        return false;

                if (take_word(page, "!--"))
                        skip_comment(page);
                else if (take_word(page, "!") || take_word(page, "?"))
                        skip_declaration(page);
                else if (read_tag(page, ret))
                        return true;
        }
}

/* Behind "&#". */
static bool take_number(Cursor *c, uint32_t *ret) {
        bool hex = take_word(c, "x");
        Cursor digits = *c;
        uint32_t code = 0;

        skip(c, hex ? HEX_DIGITS : DIGITS);
        digits = cursor_since(digits, c);
        if (digits.n == 0 || !take_word(c, ";"))
                return false;

        for (size_t i = 0; i < digits.n; i++) {
                uint8_t d = digits.p[i];
                code = code * (hex ? 16 : 10) + (d <= '9' ? d - '0' : (d | 0x20) - 'a' + 10);
                code = MIN(code, UNICODE_END);
        }

        *ret = code;
        return true;
}

/* Takes "&…;", if it stands for a character. */
static bool take_reference(Cursor *c, uint32_t *ret) {
        static const struct {
                const char *reference;
                uint32_t code;
        } known[] = {
                { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' },
        };
        Cursor rest = *c;

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (take_word(c, known[i].reference)) {
                        *ret = known[i].code;
                        return true;
                }

        if (!take_word(&rest, "&#") || !take_number(&rest, ret))
                return false;

        *c = rest;
        return true;
}

static size_t write_utf8(uint32_t code, char *ret) {
        if (code == 0 || code >= UNICODE_END || (code >= 0xd800 && code <= 0xdfff))
                code = REPLACEMENT;
        if (code < 0x80) {
                ret[0] = code;
                return 1;
        }

        size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        for (size_t i = n - 1; i > 0; i--, code >>= 6)
                ret[i] = 0x80 | (code & 0x3f);
        ret[0] = 0xf0 << (4 - n) | code;
        return n;
}

int html_unescape(Cursor text, char **ret) {
        char *s = malloc(text.n * REPLACEMENT_SIZE + 1);
        if (!s)
                return -ENOMEM;

        size_t n = 0;
        while (text.n > 0) {
                uint8_t byte = 0;
                uint32_t code = 0;

                if (take_reference(&text, &code))
                        n += write_utf8(code, s + n);
                else if (cursor_take_u8(&text, &byte) && byte != '\0')
                        s[n++] = byte;
                else
                        n += write_utf8(REPLACEMENT, s + n);
        }
        s[n] = '\0';

        *ret = s;
        return 0;
}
