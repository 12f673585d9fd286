/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the cage for processes that parse hostile bytes.
 * Never: goes on when a bar of the cage is missing.
 * Follows: seccomp(2), landlock(7), setrlimit(2), prctl(2). */

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/landlock.h"
#include "basic/native-arch.h"
#include "basic/sandbox.h"

static int limit(int resource, uint64_t value) {
        struct rlimit l = { .rlim_cur = value, .rlim_max = value };
        return setrlimit(resource, &l) < 0 ? -errno : 0;
}

/* An allow-list of numbers and nothing else, which takes no compiler. x32 has numbers of its own. */
static size_t write_filter(const int *syscalls, struct sock_filter *f) {
        const struct sock_filter *start = f;

        *f++ = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
        *f++ = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
        *f++ = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        *f++ = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
        for (const int *call = syscalls; *call >= 0; call++) {
                *f++ = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, *call, 0, 1);
                *f++ = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        }
        *f++ = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);

        return f - start;
}

static int filter(const int *syscalls) {
        struct sock_filter program[5 + 2 * SANDBOX_SYSCALLS_MAX];
        size_t n = 0;

        while (syscalls[n] >= 0)
                n++;
        if (n > SANDBOX_SYSCALLS_MAX)
                return -E2BIG;

        struct sock_fprog load = { .len = write_filter(syscalls, program), .filter = program };
        return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &load) < 0 ? -errno : 0;
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
