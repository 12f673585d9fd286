/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* A stream of bytes, read in pieces as large as they come. */
typedef struct Input {
        int fd;          /* borrowed */
        uint8_t *buffer; /* owned */
        size_t ahead;    /* bytes of it that have been read but not given out */
} Input;

int input_init(Input *in, int fd);
void input_done(Input *in);

/* Looks at the first bytes, at least `size` unless there are fewer. Returns how many there are in
 * in->buffer, or -errno. To be called before input_next(). */
ssize_t input_peek(Input *in, size_t size);

/* The next bytes, valid until the next call. Returns how many, 0 at the end, or -errno. */
ssize_t input_next(Input *in, const void **ret);
