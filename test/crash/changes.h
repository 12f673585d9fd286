/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* A system call that is about to change what is below a directory. */
typedef struct Change {
        const char *call; /* "renameat2" */
        char path[4096];  /* of what it changes; of the first thing there if there are two */
} Change;

/* From now on system calls of this process and its children that may change a file system stop for the tracer. */
int changes_stop(void);

/* Whether the call that tracee `pid` has stopped at is one below `directory`; which, and of what. */
bool change_is_below(pid_t pid, const char *directory, Change *ret);

/* Does away with the call: it returns `result` (0 or -errno) and nothing has happened. */
int change_replace(pid_t pid, int result);
