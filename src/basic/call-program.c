/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: writing seccomp programs.
 * Never: knows which calls are good.
 * Follows: seccomp(2). */

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/call-program.h"
#include "basic/native-arch.h"

#define X32 0x40000000U /* x86-64's calls under other numbers */

void call_program_add(CallProgram *p, struct sock_filter step) {
        if (p->n < CALL_PROGRAM_MAX)
                p->steps[p->n] = step;
        p->n++;
}

void call_program_begin(CallProgram *p) {
        call_program_add(p, CALL_LOAD(offsetof(struct seccomp_data, arch)));
        call_program_add(p, CALL_WHEN(BPF_JEQ, NATIVE_ARCH, 1, 0));
        call_program_add(p, CALL_ANSWER(SECCOMP_RET_KILL_PROCESS));
        call_program_add(p, CALL_LOAD(offsetof(struct seccomp_data, nr)));
        call_program_add(p, CALL_WHEN(BPF_JGE, X32, 0, 1));
        call_program_add(p, CALL_ANSWER(SECCOMP_RET_KILL_PROCESS));
}

void call_program_answer(CallProgram *p, const int *calls, uint32_t action) {
        for (const int *call = calls; *call >= 0; call++) {
                call_program_add(p, CALL_WHEN(BPF_JEQ, *call, 0, 1));
                call_program_add(p, CALL_ANSWER(action));
        }
}

int call_program_load(CallProgram *p, uint32_t action) {
        call_program_add(p, CALL_ANSWER(action));
        if (p->n > CALL_PROGRAM_MAX)
                return -E2BIG;

        struct sock_fprog load = { .len = p->n, .filter = p->steps };
        return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &load) < 0 ? -errno : 0;
}
