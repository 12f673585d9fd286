/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the syntax of configuration files.
 * Never: ignores a line it does not understand; opens a file.
 * Follows: systemd.syntax(7). */

#include "basic/ini.h"
#include "basic/str.h"

#define LINE_MAX_LENGTH (64 * 1024U)

typedef struct Parser {
        char *section;
        IniHandler handler;
        void *userdata;
} Parser;

static char *strip(char *s) {
        s += strspn(s, " \t\r");
        for (size_t n = strlen(s); n > 0 && strchr(" \t\r", s[n - 1]); n--)
                s[n - 1] = '\0';

        return s;
}

static int parse_line(Parser *p, char *line, char **reterr_why) {
        line = strip(line);
        if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
                return 0;

        if (line[0] == '[') {
                size_t n = strlen(line);
                if (n < 3 || line[n - 1] != ']')
                        return str_copy("a section looks like [Name]", reterr_why) < 0 ? -ENOMEM : -EBADMSG;
                line[n - 1] = '\0';
                free(p->section);
                return str_copy(line + 1, &p->section);
        }

        char *equals = strchr(line, '=');
        if (!equals || equals == line)
                return str_copy("neither [Section] nor Key=value", reterr_why) < 0 ? -ENOMEM : -EBADMSG;
        if (!p->section)
                return str_copy("a key before the first [Section]", reterr_why) < 0 ? -ENOMEM : -EBADMSG;

        *equals = '\0';
        return p->handler(p->section, strip(line), strip(equals + 1), p->userdata, reterr_why);
}

/* Takes one logical line from *p: a backslash before the newline joins, the backslash becoming a blank. */
static int take_line(const char **p, const char *end, unsigned *number, char **ret) {
        size_t n = 0;
        _cleanup_free_ char *line = malloc(MIN((size_t) (end - *p), LINE_MAX_LENGTH) + 1);
        if (!line)
                return -ENOMEM;

        while (*p < end) {
                char c = *(*p)++;
                if (c == '\n') {
                        (*number)++;
                        if (n == 0 || line[n - 1] != '\\')
                                break;
                        line[n - 1] = ' ';
                        continue;
                }
                if (c == '\0' || n >= LINE_MAX_LENGTH)
                        return -EBADMSG;
                line[n++] = c;
        }

        line[n] = '\0';
        *ret = TAKE_PTR(line);
        return 0;
}

int ini_parse(const char *text, size_t size, IniHandler handler, void *userdata, char **reterr_why) {
        Parser parser = { .handler = handler, .userdata = userdata };
        const char *p = text, *end = text + size;
        unsigned number = 0;
        int r = 0;

        while (p < end && r >= 0) {
                _cleanup_free_ char *line = NULL, *why = NULL;
                unsigned first = number + 1;

                r = take_line(&p, end, &number, &line);
                if (r >= 0)
                        r = parse_line(&parser, line, &why);
                else if (r == -EBADMSG)
                        (void) str_copy("a NUL byte or an endless line", &why);
                if (r < 0 && reterr_why &&
                    str_printf(reterr_why, "line %u: %s", first, why ? why : "cannot be used") < 0)
                        r = -ENOMEM;
        }

        free(parser.section);
        return r < 0 ? r : 0;
}
