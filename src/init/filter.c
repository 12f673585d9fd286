/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what may be called from now on.
 * Never: goes on without a filter that was ordered.
 * Follows: seccomp(2), Documentation/userspace-api/seccomp_filter.rst. */

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/native-arch.h"
#include "init/filter.h"
#include "pod/init-config.h"

static int read_program(int fd, struct sock_fprog *ret) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;

        size_t n = st.st_size / sizeof(struct sock_filter);
        if (n == 0 || n > BPF_MAXINSNS || st.st_size % sizeof(struct sock_filter) != 0)
                return -EBADMSG;

        struct sock_filter *program = malloc(st.st_size);
        if (!program)
                return -ENOMEM;
        if (read(fd, program, st.st_size) != st.st_size) {
                free(program);
                return -EBADMSG;
        }

        *ret = (struct sock_fprog) { .len = n, .filter = program };
        return 0;
}

int filter_load(struct sock_fprog *ret) {
        int fd = open(INIT_FILTER_PATH, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        int r = read_program(fd, ret);
        close(fd);
        return r;
}

int filter_apply(const struct sock_fprog *filter) {
        return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter) < 0 ? -errno : 0;
}

#define ALLOW(call)                                                                                         \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

int filter_cage_init(void) {
        static const struct sock_filter program[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                ALLOW(rt_sigtimedwait),
                ALLOW(wait4),
                ALLOW(kill),
                ALLOW(read),
                ALLOW(write),
                ALLOW(close),
                ALLOW(exit_group),
                ALLOW(rt_sigreturn),
                ALLOW(restart_syscall),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        };

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;

        return filter_apply(&(struct sock_fprog) {
                        .len = sizeof(program) / sizeof(program[0]),
                        .filter = (struct sock_filter *) program,
        });
}
