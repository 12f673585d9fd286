/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what is said of one layer on its way: its speed, its bar, its line, its event.
 * Never: prints; asks what time it is.
 * Follows: gantry-fetch(1), "JSON EVENTS". */

#include <inttypes.h>
#include <stdio.h>

#include "basic/str.h"
#include "basic/units.h"
#include "fetch/progress-row.h"

#define SAMPLE_USEC 100000U
#define WINDOW_USEC 3000000U
#define BAR_MAX 30U
#define BAR_MIN 8U
#define HOURS_MAX 99U

typedef struct Part {
        char text[64];
} Part;

static const char *const state_names[] = {
        [ROW_WAITING] = "waiting", [ROW_DOWNLOADING] = "downloading", [ROW_SEALING] = "sealing",
        [ROW_DONE] = "done",       [ROW_PRESENT] = "present",
};

static void begin(Row *row, uint64_t done, uint64_t now) {
        row->done = row->seen_bytes = done;
        row->begun_usec = row->seen_usec = now;
        row->speed = 0;
}

void row_enter(Row *row, RowState state, uint64_t now) {
        row->state = state;
        begin(row, row->done, now);
}

void row_advance(Row *row, uint64_t done, uint64_t now) {
        if (done < row->done)
                begin(row, done, now);

        row->done = done;
        uint64_t passed = now - row->seen_usec;
        if (passed < SAMPLE_USEC)
                return;

        /* The mean of the whole until the window is full; from then on what is older fades. */
        double rate = (double) (done - row->seen_bytes) * 1000000 / passed;
        double share = (double) passed / MIN(now - row->begun_usec, WINDOW_USEC);
        row->speed += (rate - row->speed) * MIN(share, 1);
        row->seen_bytes = done;
        row->seen_usec = now;
}

/* Right-aligned below each other if `aligned`. */
static Part label(const Row *row, bool aligned) {
        int digits = aligned ? snprintf(NULL, 0, "%zu", row->of) : 0;
        Part t = { "Archive" };

        if (row->of > 0)
                (void) snprintf(t.text, sizeof(t.text), "Layer %*zu of %zu", digits, row->index, row->of);
        return t;
}

/* " [####....]", or nothing if there is no room. What stands behind it grows and shrinks, the bar does not. */
static Part bar(const Row *row, size_t columns) {
        size_t others = strlen(label(row, true).text) +
                        strlen(" [] 999.9 MB of 999.9 MB, 999.9 MB/s, 119 min left");
        size_t width = columns > others ? MIN(columns - others, BAR_MAX) : 0;
        Part t = {};

        if (row->total == 0 || width < BAR_MIN)
                return t;

        int filled = (int) ((double) MIN(row->done, row->total) / row->total * width);
        (void) snprintf(t.text, sizeof(t.text), " [%.*s%.*s]", filled, "##############################",
                        (int) width - filled, "..............................");
        return t;
}

/* ", 35.1 MB/s, 3 s left", as far as it is known. */
static Part pace(const Row *row) {
        double left = row->total > row->done && row->speed > 0 ? (row->total - row->done) / row->speed : 0;
        Part t = {};
        int n = 0;

        if (row->seen_usec > row->begun_usec)
                n = snprintf(t.text, sizeof(t.text), ", %s/s", format_bytes((uint64_t) row->speed).text);
        if (left > 0 && left < HOURS_MAX * 3600)
                (void) snprintf(t.text + n, sizeof(t.text) - n, ", %s left",
                                format_seconds((uint64_t) left + 1).text);
        return t;
}

/* "41.2 MB of 120.0 MB" */
static Part amount(const Row *row) {
        Part t;

        if (row->total > 0)
                (void) snprintf(t.text, sizeof(t.text), "%s of %s", format_bytes(row->done).text,
                                format_bytes(row->total).text);
        else
                (void) snprintf(t.text, sizeof(t.text), "%s", format_bytes(row->done).text);
        return t;
}

RowText row_show(const Row *row, size_t columns) {
        Part head = label(row, /* aligned= */ true);
        /* A character in the last column would leave the cursor where the line's end cannot be wiped. */
        size_t width = columns > 0 ? columns - 1 : 0;
        RowText t = {};

        switch (row->state) {
        case ROW_WAITING:
                (void) snprintf(t.text, sizeof(t.text), "%s: waiting for another gantry fetch", head.text);
                break;
        case ROW_DOWNLOADING:
                (void) snprintf(t.text, sizeof(t.text), "%s%s %s%s", head.text, bar(row, width).text,
                                amount(row).text, pace(row).text);
                break;
        case ROW_SEALING:
                (void) snprintf(t.text, sizeof(t.text), "%s%s %s, sealing", head.text, bar(row, width).text,
                                format_bytes(row->done).text);
                break;
        case ROW_NEW:
        case ROW_DONE:
        case ROW_PRESENT: break;
        }

        t.text[MIN(width, sizeof(t.text) - 1)] = '\0';
        return t;
}

RowText row_say(const Row *row) {
        Part head = label(row, /* aligned= */ false);
        RowText t = {};

        switch (row->state) {
        case ROW_WAITING:
                (void) snprintf(t.text, sizeof(t.text), "%s: waiting for another gantry fetch", head.text);
                break;
        case ROW_DOWNLOADING:
                (void) snprintf(t.text, sizeof(t.text), "%s: %s%s%s%s", head.text,
                                row->total > 0 ? format_bytes(row->total).text : "size unknown",
                                row->done > 0 ? ", " : "", row->done > 0 ? format_bytes(row->done).text : "",
                                row->done > 0 ? " of it already here" : "");
                break;
        case ROW_DONE:
                (void) snprintf(t.text, sizeof(t.text), "%s: %s", head.text, format_bytes(row->done).text);
                break;
        case ROW_PRESENT: (void) snprintf(t.text, sizeof(t.text), "%s is in the store", head.text); break;
        case ROW_NEW:
        case ROW_SEALING: break;
        }

        return t;
}

static int set_layer(Json *event, const Row *row) {
        int r = json_set_string(event, "event", row->of > 0 ? "layer" : "archive");

        if (r >= 0 && row->of > 0)
                r = json_set_int(event, "index", row->index);
        if (r >= 0 && row->of > 0)
                r = json_set_int(event, "of", row->of);
        if (r >= 0 && row->digest) {
                char text[DIGEST_TEXT_MAX];

                digest_format(row->digest, text);
                r = json_set_string(event, "digest", text);
        }
        return r;
}

Json *row_event(const Row *row) {
        _cleanup_json_ Json *event = json_new_object();

        int r = event ? set_layer(event, row) : -ENOMEM;
        if (r >= 0)
                r = json_set_string(event, "state", state_names[row->state]);
        if (r >= 0)
                r = json_set_int(event, "bytes", MIN(row->done, (uint64_t) INT64_MAX));
        if (r >= 0 && row->total > 0)
                r = json_set_int(event, "total", MIN(row->total, (uint64_t) INT64_MAX));

        return r < 0 ? NULL : TAKE_PTR(event);
}
