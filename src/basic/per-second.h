/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <time.h>

/* How many of something there have been in this second, of CLOCK_MONOTONIC. All zero: none. What is too many, the owner knows. */
typedef struct PerSecond {
        time_t second;
        size_t n;
} PerSecond;

size_t per_second_count(const PerSecond *p);

/* Returns how many there are with these. */
size_t per_second_add(PerSecond *p, size_t n);
