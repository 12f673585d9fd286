/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the syntax of configuration files.
 * Never: ignores a line it does not understand; opens a file.
 * Follows: systemd.syntax(7). */

#include "basic/ini.h"
#include "basic/str.h"

#define LINE_MAX_LENGTH (64 * 1024U)

typedef struct Parser {
        char *section;
        IniSectionHandler begin; /* may be NULL */
        IniHandler handler;
        void *userdata;
        unsigned line; /* where the one that is being read begins */
} Parser;

static char *strip(char *s) {
        s += strspn(s, " \t\r");
        for (size_t n = strlen(s); n > 0 && strchr(" \t\r", s[n - 1]); n--)
                s[n - 1] = '\0';

        return s;
}

static int refuse(char **reterr_why, const char *why) {
        return str_copy(why, reterr_why) < 0 ? -ENOMEM : -EBADMSG;
}

static int parse_line(Parser *p, char *line, char **reterr_why) {
        line = strip(line);
        if (line[0] == '\0')
                return 0;

        if (line[0] == '[') {
                size_t n = strlen(line);
                if (n < 3 || line[n - 1] != ']')
                        return refuse(reterr_why, "a section looks like [Name]");
                line[n - 1] = '\0';
                free(p->section);
                p->section = NULL;
                int r = str_copy(line + 1, &p->section);
                return r < 0 || !p->begin ? r : p->begin(p->section, p->userdata, reterr_why);
        }

        char *equals = strchr(line, '=');
        if (equals)
                *equals = '\0';
        if (!equals || strip(line)[0] == '\0')
                return refuse(reterr_why, "neither [Section] nor Key=value");
        if (!p->section)
                return refuse(reterr_why, "a key before the first [Section]");

        return p->handler(p->section, strip(line), strip(equals + 1), p->line, p->userdata, reterr_why);
}

/* A line as it is in the file, appended to what a logical line has so far. Returns 1 if the next one goes
 * on with it, which a comment neither asks for nor prevents; -EBADMSG for a NUL byte or a line too long. */
static int take_line(const char **p, const char *end, char *line, size_t *n) {
        const char *newline = memchr(*p, '\n', end - *p), *start = *p;
        size_t length = (newline ? newline : end) - start, blanks = 0;

        *p = newline ? newline + 1 : end;
        if (memchr(start, '\0', length) || length > LINE_MAX_LENGTH - *n)
                return -EBADMSG;

        while (blanks < length && (start[blanks] == ' ' || start[blanks] == '\t'))
                blanks++;
        if (blanks < length && (start[blanks] == '#' || start[blanks] == ';'))
                return *n > 0;

        memcpy(line + *n, start, length);
        *n += length;
        if (length == 0 || start[length - 1] != '\\')
                return 0;

        line[*n - 1] = ' ';
        return 1;
}

/* Joins what goes on over several lines in `line` and counts them. As take_line(). */
static int take_logical_line(const char **p, const char *end, char *line, unsigned *number) {
        size_t n = 0;
        int r;

        do {
                r = take_line(p, end, line, &n);
                (*number)++;
        } while (r > 0 && *p < end);

        line[n] = '\0';
        return r;
}

/* Reads on to the end, or to a line that cannot be used; parser->line is its number then. */
static int parse(Parser *parser, const char **p, const char *end, char *line, unsigned *number,
                 char **reterr_why) {
        int r = 0;

        while (*p < end && r >= 0) {
                parser->line = *number + 1;
                r = take_logical_line(p, end, line, number);
                r = r < 0 ? refuse(reterr_why, "a NUL byte or an endless line")
                          : parse_line(parser, line, reterr_why);
        }
        if (r < 0 && r != -ENOMEM && !*reterr_why && str_copy("cannot be used", reterr_why) < 0)
                return -ENOMEM;

        return r;
}

int ini_parse_at(const char *text, size_t size, IniSectionHandler begin, IniHandler handler, void *userdata,
                 unsigned *reterr_line, char **reterr_why) {
        Parser parser = { .begin = begin, .handler = handler, .userdata = userdata };
        _cleanup_free_ char *why = NULL;
        unsigned number = 0;

        _cleanup_free_ char *line = malloc(LINE_MAX_LENGTH + 1);
        if (!line)
                return -ENOMEM;

        int r = parse(&parser, &text, text + size, line, &number, &why);
        free(parser.section);
        if (r < 0 && r != -ENOMEM) {
                *reterr_line = parser.line;
                *reterr_why = TAKE_PTR(why);
        }

        return r;
}

int ini_parse_each(const char *text, size_t size, IniSectionHandler begin, IniHandler handler,
                   IniComplaint complain, void *userdata) {
        Parser parser = { .begin = begin, .handler = handler, .userdata = userdata };
        const char *end = text + size;
        unsigned number = 0;
        int r = 0;

        _cleanup_free_ char *line = malloc(LINE_MAX_LENGTH + 1);
        if (!line)
                return -ENOMEM;

        while (text < end && r >= 0) {
                _cleanup_free_ char *why = NULL;

                r = parse(&parser, &text, end, line, &number, &why);
                if (r < 0 && r != -ENOMEM)
                        r = complain(parser.line, why, userdata);
        }
        free(parser.section);

        return r;
}

int ini_parse_sections(const char *text, size_t size, IniSectionHandler begin, IniHandler handler,
                       void *userdata, char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        unsigned line = 0;

        int r = ini_parse_at(text, size, begin, handler, userdata, &line, &why);
        if (r < 0 && r != -ENOMEM && reterr_why && str_printf(reterr_why, "line %u: %s", line, why) < 0)
                return -ENOMEM;

        return r;
}

int ini_parse(const char *text, size_t size, IniHandler handler, void *userdata, char **reterr_why) {
        return ini_parse_sections(text, size, /* begin= */ NULL, handler, userdata, reterr_why);
}

int ini_parse_bool(const char *value, bool *ret) {
        static const char *const words[][2] = {
                { "no", "yes" }, { "false", "true" }, { "off", "on" }, { "0", "1" }
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                for (size_t j = 0; j < 2; j++)
                        if (streq(value, words[i][j])) {
                                *ret = j;
                                return 0;
                        }

        return -EINVAL;
}
