/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What a worker that parses hostile bytes may still use. */
typedef struct Sandbox {
        const int *syscalls; /* SYS_…, ends with -1; everything else kills the process */
        uint64_t memory;     /* bytes of address space */
        uint64_t cpu_seconds;
} Sandbox;

/* Puts the calling process in, for good: no_new_privs, not dumpable, limits, Landlock where the kernel has it, seccomp allow-list. To be
 * called when all fds are open and all libraries are initialised. 0 or -errno. */
int sandbox_enter(const Sandbox *sandbox);
