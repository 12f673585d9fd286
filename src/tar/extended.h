/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tar/sparse.h"

typedef struct TarOptional {
        bool set;
        int64_t value;
} TarOptional;

/* What extended headers say about the entry behind them. */
typedef struct TarExtended {
        const char *path, *link; /* NULL: nothing */
        TarOptional uid, gid, size, mtime;
        uint32_t mtime_nsec;
        TarXattr *xattrs; /* owned, what is in it is not */
        size_t n_xattrs, xattrs_allocated;

        /* Of a sparse file. */
        const char *sparse_name;
        TarOptional sparse_major, sparse_minor, sparse_size, sparse_pieces;
        TarMap map;
} TarExtended;

void tar_extended_done(TarExtended *e);

/* Empties it, and keeps the memory. */
void tar_extended_reset(TarExtended *e);

/* The body of a pax header, as it is in the tar. What is kept points into it; it is written to. `keep` false:
 * it is checked and nothing more. */
int tar_extended_parse(TarExtended *e, char *body, size_t size, bool keep, char **reterr_why);
