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
        uint64_t bytes;    /* a bit for each column that is numbers of bytes */
        uint64_t verbatim; /* and for each that is JSON already */
        char **cells;      /* rows * columns, each NULL or owned */
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

void table_set_verbatim(Table *t, size_t column) {
        t->verbatim |= UINT64_C(1) << column;
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

static void write_json_string(FILE *f, const char *s) {
        fputc('"', f);
        for (; *s; s++)
                if (*s == '"' || *s == '\\')
                        fprintf(f, "\\%c", *s);
                else if ((uint8_t) *s < 0x20)
                        fprintf(f, "\\u%04x", *s);
                else
                        fputc(*s, f);
        fputc('"', f);
}

static void write_json_cell(FILE *f, const Table *t, size_t column, const char *cell) {
        if (!cell)
                fputs("null", f);
        else if ((t->bytes | t->verbatim) >> column & 1)
                fputs(cell, f);
        else
                write_json_string(f, cell);
}

static void write_json(FILE *f, const Table *t, bool pretty) {
        fputc('[', f);
        for (size_t row = 0; row < t->rows; row++) {
                fputs(row > 0 ? "," : "", f);
                fputs(pretty ? "\n  {" : "{", f);
                for (size_t i = 0; i < t->columns; i++) {
                        fputs(i > 0 ? "," : "", f);
                        fputs(pretty ? "\n    \"" : "\"", f);
                        for (const char *c = t->headings[i]; *c; c++)
                                fputc(*c == ' ' ? '_' : tolower(*c), f);
                        fputs(pretty ? "\": " : "\":", f);
                        write_json_cell(f, t, i, t->cells[row * t->columns + i]);
                }
                fputs(pretty ? "\n  }" : "}", f);
        }
        fputs(pretty && t->rows > 0 ? "\n]" : "]", f);
}

int table_to_json(const Table *t, char **ret) {
        _cleanup_free_ char *text = NULL;
        size_t size;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -errno;
        write_json(f, t, /* pretty= */ false);
        if (fclose(f) == EOF)
                return -ENOMEM;

        *ret = TAKE_PTR(text);
        return 0;
}

int table_print(const Table *t) {
        if (cli_json != CLI_JSON_OFF) {
                write_json(stdout, t, cli_json == CLI_JSON_PRETTY);
                putchar('\n');
        } else {
                int r = print_columns(t);
                if (r < 0)
                        return r;
        }

        if (fflush(stdout) == EOF)
                return -errno;

        return ferror(stdout) ? -EIO : 0;
}
