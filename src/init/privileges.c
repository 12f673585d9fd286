/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: capabilities, as far as they are given up.
 * Never: fails because there was one less than expected: what nspawn has not left us (on the host's network that is
 * CAP_AUDIT_WRITE) cannot be had back.
 * Follows: capabilities(7). */

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/privileges.h"

#define BIT(capability) (UINT64_C(1) << (capability))

int privileges_bound(uint64_t mask) {
        for (int c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
                if (!(mask & BIT(c)) && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0)
                        return -errno;

        return 0;
}

static int raise_ambient(uint64_t mask) {
        for (int c = 0; c <= CAP_LAST_CAP; c++)
                if ((mask & BIT(c)) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) < 0)
                        return -errno;

        return 0;
}

int privileges_keep(uint64_t mask, uint64_t ambient) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2];

        if (syscall(SYS_capget, &header, data) < 0)
                return -errno;
        for (int i = 0; i < 2; i++) {
                data[i].permitted &= mask >> (32 * i);
                data[i].effective = data[i].permitted;
                data[i].inheritable = data[i].permitted & (ambient >> (32 * i));
        }
        if (syscall(SYS_capset, &header, data) < 0)
                return -errno;

        return raise_ambient(data[0].inheritable | (uint64_t) data[1].inheritable << 32);
}
