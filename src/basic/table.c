/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how lists look, for people and as JSON.
 * Never: reads anything back.
 * Follows: RFC 8259 for --json=. */

#include <ctype.h>
#include <stdio.h>

#include "basic/cli.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/table.h"

struct Table {
        const char *const *headings;
        size_t columns, rows;
        char **cells; /* rows * columns, each NULL or owned */
};

Table *table_new(const char *const *headings) {
        Table *t = calloc(1, sizeof(Table));

        if (t) {
                t->headings = headings;
                t->columns = strv_length((char *const *) headings);
        }

        return t;
}

Table *table_free(Table *t) {
        if (t) {
                for (size_t i = 0; i < t->rows * t->columns; i++)
                        free(t->cells[i]);
                free(t->cells);
                free(t);
        }

        return NULL;
}

int table_add(Table *t, const char *const *cells) {
        char **grown = reallocarray(t->cells, (t->rows + 1) * t->columns, sizeof(char *));
        if (!grown)
                return -ENOMEM;
        t->cells = grown;

        char **row = grown + t->rows * t->columns;
        memset(row, 0, t->columns * sizeof(char *));
        t->rows++;

        for (size_t i = 0; i < t->columns; i++) {
                int r = str_copy(cells[i], &row[i]);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Columns a terminal uses for UTF-8 text, taking every code point for one. */
static size_t width(const char *s) {
        size_t n = 0;

        for (; *s; s++)
                n += ((uint8_t) *s & 0xc0) != 0x80;

        return n;
}

static void print_row(const Table *t, char *const *cells, const size_t *widths) {
        for (size_t i = 0; i < t->columns; i++) {
                const char *text = cells[i] ? cells[i] : "-";

                fputs(text, stdout);
                if (i + 1 < t->columns)
                        printf("%*s", (int) (widths[i] - width(text) + 2), "");
        }
        putchar('\n');
}

static int print_columns(const Table *t) {
        _cleanup_free_ size_t *widths = calloc(t->columns, sizeof(size_t));
        if (!widths)
                return -ENOMEM;

        for (size_t i = 0; i < t->columns; i++) {
                widths[i] = cli_legend ? width(t->headings[i]) : 1;
                for (size_t row = 0; row < t->rows; row++) {
                        const char *cell = t->cells[row * t->columns + i];
                        widths[i] = MAX(widths[i], cell ? width(cell) : 1);
                }
        }

        if (cli_legend)
                print_row(t, (char *const *) t->headings, widths);
        for (size_t row = 0; row < t->rows; row++)
                print_row(t, t->cells + row * t->columns, widths);

        return 0;
}

static void print_json_string(const char *s) {
        if (!s) {
                fputs("null", stdout);
                return;
        }

        putchar('"');
        for (; *s; s++)
                if (*s == '"' || *s == '\\')
                        printf("\\%c", *s);
                else if ((uint8_t) *s < 0x20)
                        printf("\\u%04x", *s);
                else
                        putchar(*s);
        putchar('"');
}

static void print_json(const Table *t) {
        bool pretty = cli_json == CLI_JSON_PRETTY;

        putchar('[');
        for (size_t row = 0; row < t->rows; row++) {
                fputs(row > 0 ? "," : "", stdout);
                fputs(pretty ? "\n  {" : "{", stdout);
                for (size_t i = 0; i < t->columns; i++) {
                        fputs(i > 0 ? "," : "", stdout);
                        fputs(pretty ? "\n    \"" : "\"", stdout);
                        for (const char *c = t->headings[i]; *c; c++)
                                putchar(*c == ' ' ? '_' : tolower(*c));
                        fputs(pretty ? "\": " : "\":", stdout);
                        print_json_string(t->cells[row * t->columns + i]);
                }
                fputs(pretty ? "\n  }" : "}", stdout);
        }
        fputs(pretty && t->rows > 0 ? "\n]\n" : "]\n", stdout);
}

int table_print(const Table *t) {
        if (cli_json != CLI_JSON_OFF)
                print_json(t);
        else {
                int r = print_columns(t);
                if (r < 0)
                        return r;
        }

        if (fflush(stdout) == EOF)
                return -errno;

        return ferror(stdout) ? -EIO : 0;
}
