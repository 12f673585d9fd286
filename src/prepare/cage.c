/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the cage of the programs that read foreign archives.
 * Never: lets one of them open a file.
 * Follows: docs/ARCHITECTURE.md; basic/sandbox.h. */

#include <sys/syscall.h>

#include "basic/sandbox.h"
#include "image/digest.h"
#include "image/hasher.h"
#include "prepare/cage.h"

static const Sandbox sandbox = {
        .syscalls =
                        (const int[]) {
                                        SYS_read,
                                        SYS_pread64,
                                        SYS_write,
                                        SYS_pwrite64,
                                        SYS_sync_file_range,
                                        SYS_fsync,
                                        SYS_close,
                                        SYS_fstat,
                                        SYS_newfstatat,
                                        SYS_brk,
                                        SYS_mmap,
                                        SYS_mremap,
                                        SYS_munmap,
                                        SYS_clock_gettime,
                                        SYS_sysinfo, /* by qsort(3), of more than a thousand bytes */
                                        SYS_exit_group,
                                        -1,
                        },
        .memory = (uint64_t) 1 << 30,
        .cpu_seconds = 60 * 60,
};

int cage_enter(void) {
        int r = crypto_init();
        return r < 0 ? r : sandbox_enter(&sandbox);
}
