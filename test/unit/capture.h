/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: running a function in a child and keeping what it printed and how it ended.
 * Never: lets a child's death or its static variables reach the test.
 * Follows: fork(2), memfd_create(2). */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct Captured {
        int status; /* as waitpid(2) gives it */
        char *out, *err;
} Captured;

static inline void captured_done(Captured *c) {
        free(c->out);
        free(c->err);
}
#define _cleanup_captured_ __attribute__((cleanup(captured_done)))

static inline char *capture_read(int fd) {
        off_t size = lseek(fd, 0, SEEK_END);
        char *text = calloc(1, size + 1);

        assert_non_null(text);
        assert_int_equal(pread(fd, text, size, 0), size);
        close(fd);
        return text;
}

/* `f` returns the exit status. It must not assert: the child has no test to fail. */
static inline Captured capture(int (*f)(void *userdata), void *userdata) {
        int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);
        Captured c;

        assert_true(out >= 0 && err >= 0);
        fflush(stdout);
        fflush(stderr);
        pid_t pid = fork();
        assert_return_code(pid, errno);
        if (pid == 0) {
                dup2(out, STDOUT_FILENO);
                dup2(err, STDERR_FILENO);
                int status = f(userdata);
                fflush(stdout);
                fflush(stderr);
                _exit(status);
        }

        assert_int_equal(waitpid(pid, &c.status, 0), pid);
        c.out = capture_read(out);
        c.err = capture_read(err);
        return c;
}

static inline void assert_exited(const Captured *c, int status) {
        if (!WIFEXITED(c->status) || WEXITSTATUS(c->status) != status)
                fail_msg("wait status %#x instead of exit status %d; it said: %s", c->status, status,
                         c->err);
}

static inline void assert_killed(const Captured *c, int signal) {
        if (!WIFSIGNALED(c->status) || WTERMSIG(c->status) != signal)
                fail_msg("wait status %#x instead of signal %d; it said: %s", c->status, signal, c->err);
}
