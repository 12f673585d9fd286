/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* "key=value" records, each ended by a NUL byte (pod/init-config.h). */
typedef struct Records {
        char *text, *next;
        size_t size;
} Records;

/* Reads the open file from its beginning. 0 or -errno; -EBADMSG for what no such file is. */
int records_read(int fd, Records *ret);
void records_done(Records *r);

/* The next one, in the records' own memory. Returns 1, or 0 if there is none; -EBADMSG: it has no value. */
int records_next(Records *r, char **ret_key, char **ret_value);
