/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Rows of text under headings, printed as aligned columns or, with --json=, as an array of objects whose
 * keys are the headings in lower case. */
typedef struct Table Table;

/* `headings` ends with NULL and outlives the table. NULL on lack of memory. */
Table *table_new(const char *const *headings);
Table *table_free(Table *t);
DEFINE_CLEANUP(Table, table_free)

/* The cells of this column are decimal numbers, of bytes where people see them ("14.2 MB"); JSON has the number. */
void table_set_bytes(Table *t, size_t column);

/* The cells of this column are JSON as they are: numbers, or the rows of another table. */
void table_set_verbatim(Table *t, size_t column);

/* Adds one row: as many cells as there are headings; NULL is shown as "-" (JSON: null). 0 or -ENOMEM. */
int table_add(Table *t, const char *const *cells);

/* Prints to stdout as the common options ask (cli_json, cli_legend). 0 or -errno. */
int table_print(const Table *t);

/* Its rows as JSON on one line, for a cell of another table. */
int table_to_json(const Table *t, char **ret);
