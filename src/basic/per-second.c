/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: counting by the second.
 * Never: waits for the next one.
 * Follows: clock_gettime(2). */

#include "basic/clock.h"
#include "basic/per-second.h"

static time_t this_second(void) {
        return (time_t) (now_msec(CLOCK_MONOTONIC) / 1000);
}

size_t per_second_count(const PerSecond *p) {
        return p->second == this_second() ? p->n : 0;
}

size_t per_second_add(PerSecond *p, size_t n) {
        time_t now = this_second();

        *p = (PerSecond) { .second = now, .n = n + (p->second == now ? p->n : 0) };
        return p->n;
}
