/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the filter of programs that may call most things.
 * Never: compiles: libseccomp takes longer for that than such a program runs.
 * Follows: seccomp(2), clone(2). */

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/call-filter.h"
#include "basic/native-arch.h"

#define NAMESPACES                                                                                          \
        (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |       \
         CLONE_NEWNET)

#define X32 0x40000000U /* x86-64's calls under other numbers */

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* The half of an argument that flags and families are in. */
#define LOAD_ARGUMENT(i)                                                                                    \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                                                  \
                 offsetof(struct seccomp_data, args[i]) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0))
#define WHEN(test, value, then, otherwise) BPF_JUMP(BPF_JMP | (test) | BPF_K, value, then, otherwise)
#define END(action) BPF_STMT(BPF_RET | BPF_K, action)
#define REFUSE(error) END(SECCOMP_RET_ERRNO | (error))
#define ALLOW END(SECCOMP_RET_ALLOW)

/* Two for each call, and what does not depend on the tables. */
#define PROGRAM_MAX (2 * CALL_FILTER_MAX + 24)

typedef struct Program {
        struct sock_filter steps[PROGRAM_MAX];
        size_t n;
} Program;

static void add(Program *p, struct sock_filter step) {
        p->steps[p->n++] = step;
}

static void add_begin(Program *p) {
        add(p, (struct sock_filter) LOAD(arch));
        add(p, (struct sock_filter) WHEN(BPF_JEQ, NATIVE_ARCH, 1, 0));
        add(p, (struct sock_filter) END(SECCOMP_RET_KILL_PROCESS));
        add(p, (struct sock_filter) LOAD(nr));
        add(p, (struct sock_filter) WHEN(BPF_JGE, X32, 0, 1));
        add(p, (struct sock_filter) END(SECCOMP_RET_KILL_PROCESS));
}

static void add_refused(Program *p, const int *calls) {
        for (const int *call = calls; *call >= 0; call++) {
                add(p, (struct sock_filter) WHEN(BPF_JEQ, *call, 0, 1));
                add(p, (struct sock_filter) REFUSE(EPERM));
        }
}

/* The flags of clone3(2) are out of a filter's sight: libraries then use clone(2). */
static void add_clone(Program *p, bool childless) {
        add(p, (struct sock_filter) WHEN(BPF_JEQ, SYS_clone3, 0, 1));
        add(p, (struct sock_filter) REFUSE(ENOSYS));
        add(p, (struct sock_filter) WHEN(BPF_JEQ, SYS_clone, 0, childless ? 6 : 4));
        add(p, (struct sock_filter) LOAD_ARGUMENT(NATIVE_CLONE_FLAGS));
        add(p, (struct sock_filter) WHEN(BPF_JSET, NAMESPACES, 0, 1));
        add(p, (struct sock_filter) REFUSE(EPERM));
        if (childless) {
                add(p, (struct sock_filter) WHEN(BPF_JSET, CLONE_THREAD, 1, 0));
                add(p, (struct sock_filter) REFUSE(EPERM));
        }
        add(p, (struct sock_filter) ALLOW);
}

static size_t count(const int *list) {
        size_t n = 0;

        while (list[n] >= 0)
                n++;
        return n;
}

static void add_families(Program *p, const int *families) {
        add(p, (struct sock_filter) WHEN(BPF_JEQ, SYS_socket, 0, 2 * count(families) + 2));
        add(p, (struct sock_filter) LOAD_ARGUMENT(0));
        for (const int *family = families; *family >= 0; family++) {
                add(p, (struct sock_filter) WHEN(BPF_JEQ, *family, 0, 1));
                add(p, (struct sock_filter) ALLOW);
        }
        add(p, (struct sock_filter) REFUSE(EAFNOSUPPORT));
}

static bool fits(const CallFilter *f) {
        size_t n = count(f->families);

        for (const int *const *list = f->refused; *list; list++)
                n += count(*list);
        return n <= CALL_FILTER_MAX;
}

int call_filter_load(const CallFilter *f) {
        Program p = {};

        if (!fits(f))
                return -E2BIG;

        add_begin(&p);
        for (const int *const *list = f->refused; *list; list++)
                add_refused(&p, *list);
        add_clone(&p, f->childless);
        add_families(&p, f->families);
        add(&p, (struct sock_filter) ALLOW);

        struct sock_fprog load = { .len = p.n, .filter = p.steps };
        return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &load) < 0 ? -errno : 0;
}
