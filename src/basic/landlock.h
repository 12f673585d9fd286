/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Takes the whole file system, and what else Landlock of this kernel knows, away from the calling process, for
 * good; what is open stays open. It must have no_new_privs. 1, 0 if the kernel has no Landlock, or -errno. */
int landlock_forbid_all(void);

/* Leaves less of the file system, for good, to a process that has to have some: files to be read (`read`: paths of them, or of
 * directories for all below, ends with NULL; those that are missing are left out. NULL: all files), and a directory below which it may do
 * anything but execute and make devices (-EBADF: none). It may make connections, but be nobody's server by TCP. It must have no_new_privs.
 * 1, 0 if the kernel has no Landlock that would do, or -errno. */
int landlock_limit(const char *const *read, int directory_fd);
