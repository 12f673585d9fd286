/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a fuzz target is and how it complains.
 * Never: depends on NDEBUG.
 * Follows: https://llvm.org/docs/LibFuzzer.html. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "basic/macro.h"

/* Each fuzz-NAME.c is this function. It eats any bytes, and ends the process if the parser did what its
 * header excludes. The data have no NUL behind them. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define fuzz_check(expression) ((expression) ? (void) 0 : fuzz_fail(#expression, __FILE__, __LINE__))

static inline _noreturn_ void fuzz_fail(const char *expression, const char *file, int line) {
        fprintf(stderr, "%s:%d: %s: no\n", file, line, expression);
        abort();
}

/* For parsers of strings: a copy with a NUL behind it. */
static inline char *fuzz_text(const uint8_t *data, size_t size) {
        char *text = malloc(size + 1);
        fuzz_check(text);
        if (size > 0)
                memcpy(text, data, size);
        text[size] = '\0';
        return text;
}
