/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* A bar on the terminal for what takes longer than a second; nothing if stderr is none, or with --quiet. */
typedef struct Progress {
        const char *label; /* borrowed */
        uint64_t done, total;
        uint64_t next_usec; /* when to draw */
        bool drawn;
} Progress;

Progress progress_begin(const char *label, uint64_t total);
void progress_advance(Progress *p, uint64_t bytes);

/* Wipes the bar. */
void progress_end(Progress *p);
#define _cleanup_progress_ _cleanup_(progress_end)

/* "14.2 MB" */
typedef struct ByteText {
        char text[24];
} ByteText;

ByteText format_bytes(uint64_t bytes);
