/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tar/header.h"
#include "tar/tar.h"

/* The bytes of a tar, cut as its reader wants them. */
typedef struct TarStream {
        TarInput input;
        const uint8_t *data; /* what is there, of which nothing was used */
        size_t size;
        uint64_t position; /* of it */
        bool failed;       /* the input */
} TarStream;

/* Uses up to `max` bytes of what is there. Returns how many, 0 at the end. */
ssize_t tar_stream_take(TarStream *s, uint64_t max, const void **ret, char **reterr_why);

/* Uses a whole block, which is none of a file's data. Returns 1; 0 at the end; -EBADMSG if it is cut short. */
int tar_stream_block(TarStream *s, uint8_t ret[static TAR_BLOCK_SIZE], char **reterr_why);

/* Passes over `size` bytes that nobody wants to see as data. Returns 1; 0 if there are less. */
int tar_stream_pass(TarStream *s, uint64_t size, char **reterr_why);
