/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading Link headers.
 * Never: says whether a link may be followed.
 * Follows: RFC 8288, 3; RFC 9110, 5.6. */

#include <strings.h>

#include "basic/str.h"
#include "registry-client/link.h"

#define HEADER_MAX 8192
#define TOKEN_CHARS DIGITS LOWERCASE UPPERCASE "!#$%&'*+-.^_`|~"
#define BLANKS " \t"

static const char *skip(const char *p, const char *charset) {
        return p + strspn(p, charset);
}

/* Moves behind a token or a quoted string, whose content is from *ret on, *ret_size long. */
static bool read_value(const char **p, const char **ret, size_t *ret_size) {
        const char *begin = *p, *end;

        if (*begin == '"') {
                begin++;
                for (end = begin; *end && *end != '"'; end++)
                        if (*end == '\\' && end[1] != '\0')
                                end++;
                if (*end == '\0')
                        return false;
                *p = end + 1;
        } else {
                end = skip(begin, TOKEN_CHARS);
                *p = end;
        }

        *ret = begin;
        *ret_size = end - begin;
        return true;
}

/* One of the words that a relation is made of. */
static bool has_word(const char *text, size_t size, const char *word) {
        size_t n;

        for (const char *p = text, *end = text + size; p < end; p += n) {
                p += strspn(p, " ");
                n = strcspn(p, " \"");
                n = MIN(n, p < end ? (size_t) (end - p) : 0);
                if (n == 0)
                        break;
                if (n == strlen(word) && strncasecmp(p, word, n) == 0)
                        return true;
        }

        return false;
}

/* `; name=value` as often as it comes. The first rel counts. */
static bool read_parameters(const char **p, bool *ret_next) {
        bool known = false, next = false;

        while (*(*p = skip(*p, BLANKS)) == ';') {
                const char *name = skip(*p + 1, BLANKS), *value = "";
                size_t n = strspn(name, TOKEN_CHARS), size = 0;

                *p = skip(name + n, BLANKS);
                if (**p == '=') {
                        *p = skip(*p + 1, BLANKS);
                        if (n == 0 || !read_value(p, &value, &size))
                                return false;
                }
                if (!known && n == strlen("rel") && strncasecmp(name, "rel", n) == 0) {
                        known = true;
                        next = has_word(value, size, "next");
                }
        }

        *ret_next = next;
        return **p == ',' || **p == '\0';
}

int link_next(const char *header, char **ret) {
        _cleanup_free_ char *found = NULL;

        if (strlen(header) > HEADER_MAX)
                return -EBADMSG;

        for (const char *p = skip(header, BLANKS ","); *p; p = skip(p, BLANKS ",")) {
                const char *end = *p == '<' ? strchr(p, '>') : NULL, *target = p + 1;
                bool next;

                if (!end)
                        return -EBADMSG;
                p = end + 1;
                if (!read_parameters(&p, &next))
                        return -EBADMSG;
                if (!next || found)
                        continue;

                found = strndup(target, end - target);
                if (!found)
                        return -ENOMEM;
        }
        if (!found)
                return 0;

        *ret = TAKE_PTR(found);
        return 1;
}
