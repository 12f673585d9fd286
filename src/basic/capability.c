/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: giving up capabilities.
 * Never: gains one.
 * Follows: capabilities(7). */

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/capability.h"
#include "basic/macro.h"

int capability_bound(uint64_t keep) {
        /* -EINVAL: the kernel knows no more. */
        for (int c = 0; c < 64; c++)
                if (!(keep & (UINT64_C(1) << c)) && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0)
                        return errno == EPERM || errno == EINVAL ? 0 : -errno;

        return 0;
}

int capability_limit(uint64_t keep) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2];

        int r = capability_bound(keep);
        if (r < 0)
                return r;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
            syscall(SYS_capget, &header, data) < 0)
                return -errno;

        for (size_t i = 0; i < ELEMENTSOF(data); i++) {
                data[i].permitted &= keep >> (32 * i);
                data[i].effective &= keep >> (32 * i);
                data[i].inheritable = 0;
        }

        return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}
