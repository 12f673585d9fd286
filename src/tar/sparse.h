/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"
#include "tar/tar.h"

/* Where in a sparse file its data goes. */
typedef struct TarMap {
        TarPiece *pieces; /* in order, not overlapping */
        size_t n, allocated;
        uint64_t data; /* bytes in all of them */
        bool half;     /* a number is there that the next one belongs to */
        uint64_t offset;
} TarMap;

void tar_map_done(TarMap *m);

/* Empties it, and keeps the memory. */
void tar_map_reset(TarMap *m);

/* The next number of the map: offset and size, in turn. -EBADMSG and *reterr_why if it makes no sense. */
int tar_map_add(TarMap *m, int64_t number, char **reterr_why);

/* Numbers with commas between them. */
int tar_map_add_list(TarMap *m, Cursor text, char **reterr_why);

/* `n` pairs from the header of an old GNU format; an empty one ends it. */
int tar_map_add_fields(TarMap *m, const uint8_t *fields, size_t n, char **reterr_why);

/* The map is complete: of a file with `size` bytes, of which `data` are in the archive. */
int tar_map_check(const TarMap *m, uint64_t size, uint64_t data, char **reterr_why);
