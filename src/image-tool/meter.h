/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* How far something is that takes its time: drawn on a terminal once it has taken a second, a line at its beginning
 * elsewhere. One at a time. */
typedef struct Meter {
        const char *what; /* "Exporting" */
        uint64_t total, done;
        uint64_t begun_usec, draw_usec;
        bool terminal, drawn;
} Meter;

void meter_begin(Meter *m, const char *what, uint64_t total);

/* So many bytes more are done. Cheap enough for every chunk. */
void meter_add(Meter *m, uint64_t bytes);

/* Wipes it. */
void meter_end(Meter *m);
#define _cleanup_meter_ _cleanup_(meter_end)
