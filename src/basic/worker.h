/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* A piece of work on hostile bytes that have been read into memory: done by a child process without
 * privilege, which can do nothing but compute, read the fds passed to it and answer. */
typedef struct Worker {
        /* Fills `answer`, `size` bytes that start as zero. Must not fail: what goes wrong is an answer
         * too. */
        void (*work)(void *userdata, void *answer);
        void *userdata;
        const char *user; /* the system user it becomes if the caller is root */
        const int *read;  /* fds it may read */
        size_t n_read;
} Worker;

/* Runs it and waits. 0 and the whole answer, -EPROTO if the child ended in any other way, -ESRCH if there
 * is no such user. Libraries whose first call opens files must have been initialised before. */
int worker_run(const Worker *w, void *ret_answer, size_t size);
