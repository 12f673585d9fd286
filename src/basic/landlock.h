/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Takes the whole file system, and what else Landlock of this kernel knows, away from the calling process, for
 * good; what is open stays open. It must have no_new_privs. 1, 0 if the kernel has no Landlock, or -errno. */
int landlock_forbid_all(void);

/* What of the file system is left to a process that has to have some. The lists are paths of files, or of directories for all below, and end
 * with NULL; what is missing is left out. */
typedef struct LandlockLimit {
        const char *const *read;    /* NULL: all files */
        const char *const *execute; /* NULL: all files. Programs need their ELF interpreter, too */

        /* Directories below which anything may be done but to execute and to make devices; NULL: none. And one more; -EBADF: none. */
        const char *const *change;
        int directory_fd;
} LandlockLimit;

/* Takes the rest, for good. Connections may be made, but nobody can be a server by TCP. The process must have no_new_privs. 1, 0 if the kernel
 * has no Landlock that would do, or -errno. */
int landlock_limit(const LandlockLimit *limit);
