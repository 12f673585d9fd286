/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

/* incoming/NAME.part: what has come of something that is being downloaded. It outlives whoever began it, a
 * power cut too, so that the next one can go on; nothing in it is believed before its digest has been
 * computed. */
typedef struct Part {
        Store *store; /* borrowed */
        char *name;   /* below incoming/ */
        int fd;
        uint64_t size;   /* what is there */
        char *validator; /* of the server it came from, for If-Range; NULL if there is none */
} Part;

#define PART_NULL                                                                                           \
        (Part) {                                                                                            \
                .fd = -EBADF                                                                                \
        }

/* Opens it, or makes an empty one, and locks it as long as it is open. -EAGAIN if somebody else is at it. */
int part_open(Store *s, const char *name, Part *ret);

/* Goes back to `size` bytes, of a server's version that `validator` (may be NULL) stands for; one that could not
 * be a header is none. */
int part_begin(Part *p, uint64_t size, const char *validator);

int part_append(Part *p, const void *data, size_t size);

/* It is not needed any more. */
int part_remove(Part *p);

/* Makes it the file `name`, which must not exist, below `dir_fd`, mode 0644. */
int part_move(Part *p, int dir_fd, const char *name);

/* Closes it; it stays. */
void part_done(Part *p);
#define _cleanup_part_ _cleanup_(part_done)

/* Whether `name` below incoming/ is one. */
bool part_is_name(const char *name);
