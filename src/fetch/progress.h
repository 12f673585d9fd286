/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fetch/progress-row.h"

/* What one gantry-fetch shows of its work, and its results. On a terminal the layers under way are drawn
 * below what has been said, and wiped before anything is logged; elsewhere there is a line a step; with
 * --json= there are events on stdout. One of it at a time. */
typedef struct Progress Progress;

/* As the options and stderr ask. NULL on lack of memory. */
Progress *progress_new(void);
Progress *progress_free(Progress *p);
DEFINE_CLEANUP(Progress, progress_free)
#define _cleanup_progress_ _cleanup_(progress_freep)

/* Draws if it is time for it. Returns for how many milliseconds there is nothing to draw, or -1: for ever;
 * a timeout for poll(2). */
int progress_tick(Progress *p);

/* The work for another reference begins. */
void progress_resolve(Progress *p, const char *reference);

/* … and ends with this result, which goes to stdout. 0, or -errno if that or an event before it could not
 * be written. */
int progress_image(Progress *p, const char *reference, const char *id);

/* A layer on its way; see Row for what there is to know of it. Ends before its Progress does. */
typedef struct ProgressRow ProgressRow;

/* NULL on lack of memory. */
ProgressRow *progress_row(Progress *p, size_t index, size_t of, const Digest *digest, uint64_t total);
ProgressRow *progress_row_end(ProgressRow *row);
DEFINE_CLEANUP(ProgressRow, progress_row_end)
#define _cleanup_row_ _cleanup_(progress_row_endp)

void progress_row_state(ProgressRow *row, RowState state);

/* `done` bytes are here, counting those of an earlier attempt, which are told before the state becomes
 * ROW_DOWNLOADING. Cheap enough for every chunk. */
void progress_row_at(ProgressRow *row, uint64_t done);
