/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the one-shot child that parses hostile bytes.
 * Never: takes anything but a complete answer and a clean exit for an answer.
 * Follows: STYLE "process rule"; seccomp(2). */

#include <fcntl.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/sandbox.h"
#include "basic/worker.h"

static const int syscalls[] = {
        SYS_brk,
        SYS_clock_gettime,
        SYS_exit_group,
        SYS_fstat,
        SYS_futex,
        SYS_getrandom,
        SYS_lseek,
        SYS_madvise,
        SYS_mmap,
        SYS_mprotect,
        SYS_mremap,
        SYS_munmap,
        SYS_newfstatat,
        SYS_pread64,
        SYS_read,
        SYS_restart_syscall,
        SYS_write,
        SYS_rt_sigprocmask,
        SYS_rt_sigreturn,
        SYS_sigaltstack, /* AddressSanitizer's last words */
        -1,
};

/* The worker's words must not be taken for its parent's: nothing to read, nowhere to write. */
static int silence(void) {
        _cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
            dup2(null, STDERR_FILENO) < 0)
                return -errno;

        return 0;
}

/* Leaves nothing else open but the answer and what may be read. */
static int close_others(const Worker *w, int answer) {
        int highest = answer;

        for (size_t i = 0; i < w->n_read; i++)
                highest = MAX(highest, w->read[i]);
        for (int fd = 3; fd <= highest; fd++) {
                bool wanted = fd == answer;

                for (size_t i = 0; i < w->n_read; i++)
                        wanted = wanted || fd == w->read[i];
                if (!wanted)
                        fd_close(fd);
        }

        return close_range(highest + 1, ~0U, 0) < 0 ? -errno : 0;
}

_noreturn_ static void child(const Worker *w, int fd, size_t size) {
        static const Sandbox cage = { .syscalls = syscalls,
                                      .memory = 256 * 1024 * 1024,
                                      .cpu_seconds = 600 };

        void *answer = calloc(1, size);
        int r = answer ? silence() : -ENOMEM;
        if (r >= 0)
                r = close_others(w, fd);
        if (r >= 0)
                r = privilege_drop(w->user);
        if (r >= 0)
                r = sandbox_enter(&cage);
        if (r < 0)
                _exit(EXIT_FAILURE);

        w->work(w->userdata, answer);
        _exit(fd_write_full(fd, answer, size) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

int worker_run(const Worker *w, void *ret_answer, size_t size) {
        int fds[2], r;
        uid_t uid;
        gid_t gid;

        /* The child cannot say so. */
        r = geteuid() == 0 ? user_find(w->user, &uid, &gid) : 0;
        if (r < 0)
                return r;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;

        pid_t pid = fork();
        if (pid == 0)
                child(w, fds[1], size);
        int fork_error = -errno;
        fd_close(fds[1]);
        _cleanup_close_ int fd = fds[0];
        if (pid < 0)
                return fork_error;

        /* One byte more than an answer has: whatever is not exactly one is none. */
        _cleanup_free_ uint8_t *answer = malloc(size + 1);
        ssize_t n = answer ? fd_read_full(fd, answer, size + 1) : -ENOMEM;
        fd = fd_close(fd);
        int status = process_wait(pid);
        if (n != (ssize_t) size || status != 0)
                return n == -ENOMEM ? -ENOMEM : -EPROTO;

        memcpy(ret_answer, answer, size);
        return 0;
}
