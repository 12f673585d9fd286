/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the bar that shows how far a layer is.
 * Never: writes to what is not a terminal.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "basic/cli.h"
#include "fetch/progress.h"

#define FIRST_USEC 1000000U
#define EVERY_USEC 100000U
#define BAR_WIDTH 30

static uint64_t now(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

ByteText format_bytes(uint64_t bytes) {
        static const char *const units[] = { "kB", "MB", "GB", "TB" };
        double value = bytes / 1000.0;
        ByteText t;
        size_t i;

        if (bytes < 1000) {
                (void) snprintf(t.text, sizeof(t.text), "%" PRIu64 " B", bytes);
                return t;
        }

        for (i = 0; value >= 999.95 && i + 1 < ELEMENTSOF(units); i++)
                value /= 1000;
        (void) snprintf(t.text, sizeof(t.text), "%.1f %s", value, units[i]);
        return t;
}

Progress progress_begin(const char *label, uint64_t total) {
        bool wanted = !cli_quiet && isatty(STDERR_FILENO);
        return (Progress) { .label = label,
                            .total = total,
                            .next_usec = wanted ? now() + FIRST_USEC : UINT64_MAX };
}

static void draw(Progress *p) {
        int filled = p->total > 0 ? (int) (p->done * BAR_WIDTH / p->total) : BAR_WIDTH;
        char bar[BAR_WIDTH + 1] = "";

        memset(bar, '#', filled);
        memset(bar + filled, '.', BAR_WIDTH - filled);
        /* The cursor goes back, so that what a child has to say overwrites the bar. */
        fprintf(stderr, "%s [%s] %s of %s\033[K\r", p->label, bar, format_bytes(p->done).text,
                format_bytes(p->total).text);
        p->drawn = true;
}

void progress_advance(Progress *p, uint64_t bytes) {
        p->done = MIN(p->done + bytes, p->total);
        if (p->next_usec == UINT64_MAX)
                return;

        uint64_t t = now();
        if (t < p->next_usec)
                return;

        draw(p);
        p->next_usec = t + EVERY_USEC;
}

void progress_end(Progress *p) {
        if (p->drawn)
                fputs("\033[K", stderr);
        p->drawn = false;
}
