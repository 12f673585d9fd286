/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the filter of programs that may call most things.
 * Never: knows which program may call what.
 * Follows: seccomp(2), clone(2). */

#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>

#include "basic/call-filter.h"
#include "basic/call-program.h"
#include "basic/native-arch.h"

#define NAMESPACES                                                                                          \
        (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |       \
         CLONE_NEWNET)

/* The half of an argument that flags and families are in. */
static struct sock_filter load_argument(size_t i) {
        return CALL_LOAD(offsetof(struct seccomp_data, args[i]) +
                         (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0));
}

/* The flags of clone3(2) are out of a filter's sight: libraries then use clone(2). */
static void add_clone(CallProgram *p, bool childless) {
        call_program_add(p, CALL_WHEN(BPF_JEQ, SYS_clone3, 0, 1));
        call_program_add(p, CALL_REFUSE(ENOSYS));
        call_program_add(p, CALL_WHEN(BPF_JEQ, SYS_clone, 0, childless ? 6 : 4));
        call_program_add(p, load_argument(NATIVE_CLONE_FLAGS));
        call_program_add(p, CALL_WHEN(BPF_JSET, NAMESPACES, 0, 1));
        call_program_add(p, CALL_REFUSE(EPERM));
        if (childless) {
                call_program_add(p, CALL_WHEN(BPF_JSET, CLONE_THREAD, 1, 0));
                call_program_add(p, CALL_REFUSE(EPERM));
        }
        call_program_add(p, CALL_ANSWER(SECCOMP_RET_ALLOW));
}

static void add_families(CallProgram *p, const int *families) {
        size_t n = 0;

        while (families[n] >= 0)
                n++;
        call_program_add(p, CALL_WHEN(BPF_JEQ, SYS_socket, 0, 2 * n + 2));
        call_program_add(p, load_argument(0));
        call_program_answer(p, families, SECCOMP_RET_ALLOW);
        call_program_add(p, CALL_REFUSE(EAFNOSUPPORT));
}

int call_filter_load(const CallFilter *f) {
        CallProgram p = {};

        call_program_begin(&p);
        for (const int *const *list = f->refused; *list; list++)
                call_program_answer(&p, *list, SECCOMP_RET_ERRNO | EPERM);
        add_clone(&p, f->childless);
        add_families(&p, f->families);

        return call_program_load(&p, SECCOMP_RET_ALLOW);
}
