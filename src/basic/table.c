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
#include "basic/units.h"

struct Table {
        const char *const *headings;
        size_t columns, rows;
        uint64_t bytes; /* a bit for each column that is numbers of bytes */
        char **cells;   /* rows * columns, each NULL or owned */
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

void table_set_bytes(Table *t, size_t column) {
        t->bytes |= UINT64_C(1) << column;
}

static bool is_bytes(const Table *t, size_t column) {
        return t->bytes >> column & 1;
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

/* A cell as people see it; the answer may be in `buffer`. */
static const char *shown(const Table *t, size_t column, const char *cell, ShortText *buffer) {
        uint64_t bytes;

        if (!cell)
                return "-";
        if (!is_bytes(t, column) || str_to_u64(cell, &bytes) < 0)
                return cell;

        *buffer = format_bytes(bytes);
        return buffer->text;
}

/* What can be added up is aligned to the right. */
static void print_row(const Table *t, char *const *cells, const size_t *widths) {
        for (size_t i = 0; i < t->columns; i++) {
                ShortText buffer;
                const char *text = shown(t, i, cells[i], &buffer);
                int missing = (int) (widths[i] - width(text));
                bool right = is_bytes(t, i), last = i + 1 == t->columns;

                printf("%*s%s%*s", right ? missing : 0, "", text, last ? 0 : right ? 2 : missing + 2, "");
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
                        ShortText buffer;
                        widths[i] = MAX(widths[i],
                                        width(shown(t, i, t->cells[row * t->columns + i], &buffer)));
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

static void print_json_cell(const Table *t, size_t column, const char *cell) {
        if (cell && is_bytes(t, column))
                fputs(cell, stdout);
        else
                print_json_string(cell);
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
                        print_json_cell(t, i, t->cells[row * t->columns + i]);
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
