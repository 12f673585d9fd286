/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Room on the disk: bytes, or a percentage of the file system, whichever is less. */
typedef struct Amount {
        uint64_t bytes;   /* AMOUNT_INFINITY: no number was given */
        unsigned percent; /* 0: none was given */
} Amount;

#define AMOUNT_INFINITY UINT64_MAX

/* "12345", "500M", "1.5G" (powers of 1024), "15%", "infinity". 0, -EINVAL or -ERANGE. */
int amount_parse(const char *text, Amount *ret);

/* In bytes, on a file system of `total` bytes. */
uint64_t amount_bytes(const Amount *a, uint64_t total);

/* "1.5G"; of more room than people can tell apart only the leading digits. */
void amount_format(uint64_t bytes, char ret[static 16]);

/* A time span as systemd.time(7) has it: "90" (seconds), "30min", "1d 12h", "1.5s", "infinity" (AMOUNT_INFINITY).
 * 0, -EINVAL or -ERANGE. */
int span_parse_usec(const char *text, uint64_t *ret);

/* The same in seconds; what is not a whole number of them is -EINVAL. */
int span_parse(const char *text, uint64_t *ret);

/* "2h 30min": the two largest units. */
void span_format(uint64_t seconds, char ret[static 32]);
