/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Our end of the conversation that registry/session.h describes. */
typedef struct Caller {
        int socket;
} Caller;

/* The next request: 1 and its words (a strv) and fd; 0: there will be none. */
int caller_receive(const Caller *c, char ***ret_words, int *ret_fd);

/* Something people may want to know. */
int caller_note(const Caller *c, const char *format, ...) _printf_(2, 3);

int caller_begin(const Caller *c, uint64_t offset, const char *validator);
int caller_done(const Caller *c, char *const *result);
int caller_failed(const Caller *c, int error, const char *why);

/* Asks for a file of the layout or archive that is being read. An fd or -errno. */
int caller_file(const Caller *c, const char *path);
int caller_file_size(const Caller *c, const char *path, uint64_t *ret);

/* Waits. -EPIPE as soon as nobody is there any more. */
int caller_sleep(const Caller *c, uint64_t milliseconds);
