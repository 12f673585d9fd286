/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the line at the end of the terminal that says how far a verb is.
 * Never: draws on what is not a terminal, or sooner or more often than an eye wants.
 * Follows: ECMA-48 for ED, console_codes(4). */

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/clock.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/units.h"
#include "image-tool/meter.h"

#define FIRST_USEC 1000000U
#define DRAW_USEC 100000U
#define BAR 30

static bool stderr_is_terminal(void) {
        const char *term = getenv("TERM");
        return term && !streq(term, "dumb") && isatty(STDERR_FILENO);
}

static void wipe(void *userdata) {
        Meter *m = userdata;

        if (m->drawn)
                fputs("\r\033[J", stderr);
        m->drawn = false;
}

void meter_begin(Meter *m, const char *what, uint64_t total) {
        uint64_t t = now_usec(CLOCK_MONOTONIC);

        *m = (Meter) {
                .what = what,
                .total = total,
                .begun_usec = t,
                .draw_usec = t + FIRST_USEC,
                .terminal = !cli_quiet && stderr_is_terminal(),
        };
        log_set_prelude(wipe, m);
        if (!m->terminal)
                log_info("%s %s", what, format_bytes(total).text);
}

/* A character in the last column would leave the cursor where the line's end cannot be wiped. */
static int columns(void) {
        struct winsize size = {};

        return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 2 ? 79 : size.ws_col - 1;
}

static void draw(Meter *m, uint64_t t) {
        double speed = (double) m->done * 1000000 / (double) (t - m->begun_usec);
        int filled = m->total > 0 ? (int) ((double) MIN(m->done, m->total) / (double) m->total * BAR) : BAR;
        uint64_t left = speed > 0 && m->done < m->total ? (uint64_t) ((double) (m->total - m->done) / speed)
                                                        : 0;
        char line[256];

        (void) snprintf(line, sizeof(line), "%s [%.*s%.*s] %s of %s, %s/s, %s left", m->what, filled,
                        "##############################", BAR - filled, "..............................",
                        format_bytes(m->done).text, format_bytes(m->total).text,
                        format_bytes((uint64_t) speed).text, format_seconds(left + 1).text);
        fprintf(stderr, "\r%.*s\033[K", columns(), line);
        m->drawn = true;
}

void meter_add(Meter *m, uint64_t bytes) {
        uint64_t t = now_usec(CLOCK_MONOTONIC);

        m->done += bytes;
        if (!m->terminal || t < m->draw_usec)
                return;

        draw(m, t);
        m->draw_usec = t + DRAW_USEC;
}

void meter_end(Meter *m) {
        log_set_prelude(NULL, NULL);
        wipe(m);
}
