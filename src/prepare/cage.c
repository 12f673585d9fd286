/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the cage of the programs that let libarchive loose on foreign bytes.
 * Never: lets one of them open a file.
 * Follows: docs/ARCHITECTURE.md; basic/sandbox.h. */

#include <iconv.h>

#include "basic/sandbox.h"
#include "image/digest.h"
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
                                        "exit_group",
                                        NULL,
                        },
        .memory = (uint64_t) 1 << 30,
        .cpu_seconds = 60 * 60,
};

/* libarchive asks iconv to convert the names in pax headers; it finds its tables only while files can be
 * opened. The names are used as they are: the C locale knows nothing but ASCII, and what cannot be
 * converted stays as it was. */
static int warm_up_iconv(void) {
        iconv_t converter = iconv_open("ANSI_X3.4-1968", "UTF-8");
        if (converter == (iconv_t) -1)
                return -errno;

        (void) iconv_close(converter);
        return 0;
}

int cage_enter(void) {
        int r = crypto_init();
        if (r >= 0)
                r = warm_up_iconv();
        return r < 0 ? r : sandbox_enter(&sandbox);
}
