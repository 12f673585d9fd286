/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the cage of the programs that read foreign archives.
 * Never: lets one of them open a file.
 * Follows: docs/ARCHITECTURE.md; basic/sandbox.h. */

#include "basic/sandbox.h"
#include "image/digest.h"
#include "image/hasher.h"
#include "prepare/cage.h"

static const Sandbox sandbox = {
        .syscalls =
                        (const char *const[]) {
                                        "read",
                                        "pread64",
                                        "write",
                                        "pwrite64",
                                        "sync_file_range",
                                        "fsync",
                                        "close",
                                        "fstat",
                                        "newfstatat",
                                        "brk",
                                        "mmap",
                                        "mremap",
                                        "munmap",
                                        "clock_gettime",
                                        "sysinfo", /* by qsort(3), of more than a thousand bytes */
                                        "exit_group",
                                        NULL,
                        },
        .memory = (uint64_t) 1 << 30,
        .cpu_seconds = 60 * 60,
};

int cage_enter(void) {
        int r = crypto_init();
        return r < 0 ? r : sandbox_enter(&sandbox);
}
