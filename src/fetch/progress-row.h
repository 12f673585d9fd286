/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "image/json.h"

typedef enum RowState {
        ROW_NEW, /* nothing is to be said yet */
        ROW_WAITING,
        ROW_DOWNLOADING,
        ROW_SEALING,
        ROW_DONE,
        ROW_PRESENT,
} RowState;

/* How far a layer is. Times are microseconds since whenever. */
typedef struct Row {
        size_t index, of;     /* layer 2 of 5; 0 and 0: an archive that is the whole image */
        const Digest *digest; /* of what is downloaded, borrowed; NULL if that is not known before it is here */
        uint64_t total;       /* bytes; 0 if that is not known either */

        RowState state;
        uint64_t done;
        uint64_t begun_usec, seen_usec, seen_bytes; /* what the speed is made of */
        double speed;                               /* bytes a second */
} Row;

/* Bytes that are there when a download begins do not count for its speed. */
void row_enter(Row *row, RowState state, uint64_t now_usec);

/* `done` may be less than it was: then the download began anew. */
void row_advance(Row *row, uint64_t done, uint64_t now_usec);

typedef struct RowText {
        char text[256]; /* one line, ASCII, without its end */
} RowText;

/* What a terminal of so many columns shows while it lasts, shorter than a line. Empty before and after. */
RowText row_show(const Row *row, size_t columns);

/* What stays: "Layer 2 of 5: 14.2 MB". Empty if the state is not worth a line. */
RowText row_say(const Row *row);

/* {"event":"layer",…}; NULL on lack of memory. */
Json *row_event(const Row *row);
