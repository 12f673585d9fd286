/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the rows at the end of the terminal, the lines instead of them, the events on stdout.
 * Never: draws on what is not a terminal, or sooner or more often than an eye wants.
 * Follows: gantry-fetch(1); ECMA-48 for ED, EL and CUU, console_codes(4). */

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/clock.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/progress.h"

#define FIRST_USEC 1000000U
#define DRAW_USEC 100000U
#define EVENT_USEC 1000000U

struct Progress {
        bool terminal, events;
        ProgressRow *rows; /* in the order in which they began */
        uint64_t draw_usec;
        bool drawn;
        int error; /* of the first event that could not be written */
};

struct ProgressRow {
        Progress *progress;
        ProgressRow *next;
        Row row;
        uint64_t event_usec;
};

/* The cursor is where draw() left it, at the beginning of the first row. */
static void wipe(void *userdata) {
        Progress *p = userdata;

        if (!p->drawn)
                return;

        fputs("\r\033[J", stderr);
        p->drawn = false;
        p->draw_usec = 0;
}

static bool stderr_is_terminal(void) {
        const char *term = getenv("TERM");
        return term && !streq(term, "dumb") && isatty(STDERR_FILENO);
}

Progress *progress_new(void) {
        Progress *p = malloc(sizeof(Progress));
        if (!p)
                return NULL;

        bool json = cli_json != CLI_JSON_OFF;
        *p = (Progress) {
                .terminal = !cli_quiet && !json && stderr_is_terminal(),
                .events = !cli_quiet && json,
        };
        if (json) /* who reads events need not be told the same in words */
                log_set_level(LOG_WARNING);
        log_set_prelude(wipe, p);
        return p;
}

Progress *progress_free(Progress *p) {
        if (!p)
                return NULL;

        log_set_prelude(NULL, NULL);
        wipe(p);
        free(p);
        return NULL;
}

static void write_rows(const Progress *p, FILE *to, const struct winsize *size) {
        size_t room = MAX(size->ws_row, 2) - 1, n = 0;

        for (const ProgressRow *r = p->rows; r && n < room; r = r->next) {
                RowText row = row_show(&r->row, size->ws_col);

                if (row.text[0] != '\0')
                        fprintf(to, "%s%s", n++ > 0 ? "\033[K\n" : "\r", row.text);
        }

        /* The cursor goes back to the first row, so that what a child has to say overwrites the rows. */
        fputs("\033[J\r", to);
        if (n > 1)
                fprintf(to, "\033[%zuA", n - 1);
}

/* All at once, so that it neither flickers nor mixes with the words of children. */
static void draw(Progress *p, uint64_t t) {
        struct winsize size = {};
        char *frame = NULL;
        size_t length;

        for (ProgressRow *r = p->rows; r; r = r->next)
                row_advance(&r->row, r->row.done, t); /* what stalls gets slower */

        if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0)
                size = (struct winsize) { .ws_row = 24, .ws_col = 80 };

        FILE *to = open_memstream(&frame, &length);
        if (!to)
                return;
        write_rows(p, to, &size);
        if (fclose(to) == 0) {
                (void) fwrite(frame, 1, length, stderr);
                p->drawn = true;
        }
        free(frame);
}

static void draw_if_due(Progress *p, uint64_t t) {
        if (!p->terminal || !p->rows || t < p->draw_usec)
                return;

        draw(p, t);
        p->draw_usec = t + DRAW_USEC;
}

int progress_tick(Progress *p) {
        uint64_t t = now_usec(CLOCK_MONOTONIC);

        draw_if_due(p, t);
        return p->terminal && p->rows ? (int) ((p->draw_usec - t) / 1000 + 1) : -1;
}

static int write_event(const Json *event) {
        _cleanup_blob_ Blob text = {};

        int r = event ? json_format(event, cli_json == CLI_JSON_PRETTY, &text) : -ENOMEM;
        if (r < 0)
                return r;

        return fwrite(text.data, 1, text.size, stdout) != text.size || fflush(stdout) != 0 ? -errno : 0;
}

static void emit(Progress *p, Json *taken) {
        _cleanup_json_ Json *event = taken;

        int r = p->error < 0 ? 0 : write_event(event);
        if (r < 0)
                p->error = r;
}

/* Paths may be anything, JSON is UTF-8. */
static int set_reference(Json *event, const char *reference) {
        _cleanup_free_ char *escaped = NULL;

        int r = json_set_string(event, "reference", reference);
        if (r >= 0)
                return 0;

        escaped = str_escape(reference, strlen(reference), SIZE_MAX);
        return escaped ? json_set_string(event, "reference", escaped) : -ENOMEM;
}

/* NULL on lack of memory. */
static Json *reference_event(const char *name, const char *reference, const char *id) {
        _cleanup_json_ Json *event = json_new_object();

        int r = event ? json_set_string(event, "event", name) : -ENOMEM;
        if (r >= 0)
                r = set_reference(event, reference);
        if (r >= 0)
                r = json_set_string(event, "id", id);

        return r < 0 ? NULL : TAKE_PTR(event);
}

void progress_resolve(Progress *p, const char *reference) {
        if (p->events)
                emit(p, reference_event("resolve", reference, /* id= */ NULL));
}

int progress_image(Progress *p, const char *reference, const char *id) {
        wipe(p);

        if (cli_json != CLI_JSON_OFF)
                emit(p, reference_event("image", reference, id));
        else if (puts(id) < 0 || fflush(stdout) != 0)
                p->error = -errno;

        return p->error;
}

ProgressRow *progress_row(Progress *p, size_t index, size_t of, const Digest *digest, uint64_t total) {
        ProgressRow **end = &p->rows, *row = malloc(sizeof(ProgressRow));
        if (!row)
                return NULL;

        *row = (ProgressRow) {
                .progress = p,
                .row = { .index = index, .of = of, .digest = digest, .total = total },
        };
        if (!p->rows)
                p->draw_usec = now_usec(CLOCK_MONOTONIC) + FIRST_USEC;
        while (*end)
                end = &(*end)->next;
        *end = row;
        return row;
}

ProgressRow *progress_row_end(ProgressRow *row) {
        if (!row)
                return NULL;

        ProgressRow **link = &row->progress->rows;
        while (*link != row)
                link = &(*link)->next;
        *link = row->next;

        wipe(row->progress);
        free(row);
        return NULL;
}

static void tell(ProgressRow *row, uint64_t t) {
        emit(row->progress, row_event(&row->row));
        row->event_usec = t + EVENT_USEC;
}

/* On a terminal what is done stays above the rows; elsewhere there are no rows to show what begins. */
static bool is_worth_a_line(const Progress *p, RowState state) {
        switch (state) {
        case ROW_PRESENT: return true;
        case ROW_DONE: return p->terminal;
        default: return !p->terminal;
        }
}

void progress_row_state(ProgressRow *row, RowState state) {
        Progress *p = row->progress;
        uint64_t t = now_usec(CLOCK_MONOTONIC);

        row_enter(&row->row, state, t);
        if (p->events)
                tell(row, t);

        RowText line = row_say(&row->row);
        if (is_worth_a_line(p, state) && line.text[0] != '\0')
                log_info("%s", line.text);
}

void progress_row_at(ProgressRow *row, uint64_t done) {
        uint64_t t = now_usec(CLOCK_MONOTONIC);

        row_advance(&row->row, done, t);
        if (row->progress->events && row->row.state == ROW_DOWNLOADING && t >= row->event_usec)
                tell(row, t);
        draw_if_due(row->progress, t);
}
