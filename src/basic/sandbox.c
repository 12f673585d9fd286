/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the cage for processes that parse hostile bytes.
 * Never: goes on when a bar of the cage is missing.
 * Follows: seccomp(2), landlock(7), setrlimit(2), prctl(2). */

#include <sys/prctl.h>
#include <sys/resource.h>

#include "basic/call-program.h"
#include "basic/landlock.h"
#include "basic/sandbox.h"

static int limit(int resource, uint64_t value) {
        struct rlimit l = { .rlim_cur = value, .rlim_max = value };
        return setrlimit(resource, &l) < 0 ? -errno : 0;
}

static int filter(const int *syscalls) {
        CallProgram p = {};

        call_program_begin(&p);
        call_program_answer(&p, syscalls, SECCOMP_RET_ALLOW);
        return call_program_load(&p, SECCOMP_RET_KILL_PROCESS);
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

        return r < 0 ? r : filter(s->syscalls);
}
