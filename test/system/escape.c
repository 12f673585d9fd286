/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a process of a pod would do to another, had it got out of its namespaces: test-selinux.sh runs it under the pod's label, as
 *       root of the host. "escape attach|read|signal PID" ends with 0 if it may.
 * Never: needs a library: it goes into a guest.
 * Follows: ptrace(2), process_vm_readv(2), kill(2). */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

static int attach(pid_t pid) {
        if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
                return -errno;
        return 0;
}

/* Of its memory; that there is none at the address is known only to who may look. */
static int read_memory(pid_t pid) {
        char byte;
        struct iovec here = { &byte, 1 }, there = { (void *) 4096, 1 };

        return process_vm_readv(pid, &here, 1, &there, 1, 0) < 0 && errno != EFAULT ? -errno : 0;
}

static int signal_it(pid_t pid) {
        return kill(pid, SIGCONT) < 0 ? -errno : 0;
}

int main(int argc, char *argv[]) {
        static const struct {
                const char *name;
                int (*attempt)(pid_t pid);
        } attempts[] = { { "attach", attach }, { "read", read_memory }, { "signal", signal_it } };

        for (size_t i = 0; argc == 3 && i < sizeof(attempts) / sizeof(attempts[0]); i++)
                if (strcmp(argv[1], attempts[i].name) == 0) {
                        int r = attempts[i].attempt(atoi(argv[2]));
                        fprintf(stderr, "%s: %s\n", argv[1], strerror(-r));
                        return r < 0;
                }
        return 2;
}
