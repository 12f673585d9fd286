/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>
#include <time.h>

/* Microseconds of CLOCK_REALTIME or CLOCK_MONOTONIC, which never fail. */
static inline uint64_t now_usec(clockid_t clock) {
        struct timespec now;

        (void) clock_gettime(clock, &now);
        return (uint64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline uint64_t now_msec(clockid_t clock) {
        return now_usec(clock) / 1000;
}
