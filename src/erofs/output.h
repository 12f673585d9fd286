/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* The image file, written in order from its second block on; the first one, and what turns out only
 * later, is patched in. */
typedef struct Output {
        int fd;            /* borrowed; -EBADF: nothing is written */
        uint64_t position; /* where the next byte goes */
        uint64_t max;      /* of it */
        uint64_t started;  /* up to here the kernel was told to write to the disk */
        uint8_t *buffer;   /* owned */
        size_t buffered;   /* bytes of it before position */
} Output;

int output_init(Output *o, int fd, uint64_t max);
void output_done(Output *o);

/* The number of the block that starts here. To be called at the start of a block only. */
uint32_t output_block(const Output *o);

/* -EFBIG if the image becomes larger than it may or than block numbers reach. */
int output_write(Output *o, const void *data, size_t size);
int output_zero(Output *o, uint64_t size);

/* Zeros up to the next multiple of `alignment`, a power of two. */
int output_align(Output *o, uint64_t alignment);

int output_flush(Output *o);

/* Changes what is before the position and has been flushed. */
int output_patch(Output *o, uint64_t offset, const void *data, size_t size);
