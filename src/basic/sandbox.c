/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the cage for processes that parse hostile bytes; the only user of libseccomp outside the stages.
 * Never: goes on when a bar of the cage is missing.
 * Follows: seccomp(2), landlock(7), setrlimit(2), prctl(2). */

#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "basic/landlock.h"
#include "basic/sandbox.h"

static int limit(int resource, uint64_t value) {
        struct rlimit l = { .rlim_cur = value, .rlim_max = value };
        return setrlimit(resource, &l) < 0 ? -errno : 0;
}

static int allow(scmp_filter_ctx filter, const char *const *syscalls) {
        for (; *syscalls; syscalls++) {
                int number = seccomp_syscall_resolve_name(*syscalls);
                if (number == __NR_SCMP_ERROR)
                        return -EINVAL;

                int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
                if (r < 0)
                        return r;
        }

        return 0;
}

int sandbox_enter(const Sandbox *s) {
        int r;

        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;

        r = limit(RLIMIT_CORE, 0);
        if (r >= 0)
                r = limit(RLIMIT_CPU, s->cpu_seconds);
#ifndef __SANITIZE_ADDRESS__ /* whose shadow memory is terabytes */
        if (r >= 0)
                r = limit(RLIMIT_AS, s->memory);
#endif
        if (r >= 0)
                r = landlock_forbid_all();
        if (r < 0)
                return r;

        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
        if (!filter)
                return -ENOMEM;
        r = allow(filter, s->syscalls);
        if (r >= 0)
                r = seccomp_load(filter);
        seccomp_release(filter);

        return r;
}
