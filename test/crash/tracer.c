/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: running a command whose Nth change below a directory is its last, or fails, or is not made at all.
 * Never: stands between the command and its parent: the command keeps the process that was started.
 * Follows: ptrace(2), PTRACE_SEIZE. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "changes.h"

static const char *below, *log_path, *pretended;
static uint64_t kill_at, fail_at;
static int fail_with;

static int set_number(const char *value, void *target) {
        return str_to_u64(value, target) < 0 ? -EINVAL : 0;
}

/* "12:ENOSPC" */
static int set_failure(const char *value, void *target) {
        _cleanup_free_ char *number = strndup(value, strspn(value, DIGITS));

        if (!number || str_to_u64(number, &fail_at) < 0)
                return -EINVAL;
        for (int e = 1; e < 134; e++) {
                const char *name = strerrorname_np(e);
                if (name && value[strlen(number)] == ':' && streq(value + strlen(number) + 1, name)) {
                        fail_with = e;
                        return 0;
                }
        }

        return -EINVAL;
}

static const CliOption options[] = {
        { 0, "below", "DIR", "Look at changes of what is below it, an absolute path", cli_set_string,
          &below },
        { 0, "log", "FILE", "Add a line for each change: number, process, call, path", cli_set_string,
          &log_path },
        { 0, "kill-at", "N", "Kill all processes before change N, the first being 1", set_number, &kill_at },
        { 0, "fail-at", "N:ERRNO", "Let change N fail, e.g. with ENOSPC", set_failure },
        { 0, "pretend", "CALL", "Let all calls of this kind, e.g. fsync, do nothing and succeed",
          cli_set_string, &pretended },
        {},
};

static const CliProgram program = {
        .name = "tracer",
        .arguments = "--below=DIR [OPTION…] COMMAND [ARG…]",
        .summary = "Run a command that dies, or meets an error, at a certain change of a tree.",
        .options = options,
        .stop_at_argument = true,
};

/* All processes that have come of the command. */
typedef struct Tracees {
        pid_t list[1024];
        size_t n;
        pid_t first; /* the command itself */
        uint64_t changes;
        bool killing;
        int log_fd;
} Tracees;

static void add(Tracees *t, pid_t pid) {
        for (size_t i = 0; i < t->n; i++)
                if (t->list[i] == pid)
                        return;
        if (t->n < ELEMENTSOF(t->list))
                t->list[t->n++] = pid;
}

static void forget(Tracees *t, pid_t pid) {
        for (size_t i = 0; i < t->n; i++)
                if (t->list[i] == pid) {
                        t->list[i] = t->list[--t->n];
                        return;
                }
}

/* The command itself dies last: whoever waits for it may then rely on it that nobody is at work any more. It
 * cannot do harm meanwhile, for it stops at its next change. */
static void kill_all(Tracees *t) {
        t->killing = true;
        for (size_t i = 0; i < t->n; i++)
                if (t->list[i] != t->first || t->n == 1)
                        (void) kill(t->list[i], SIGKILL);
}

static void note(Tracees *t, pid_t pid, const Change *c) {
        char name[64], line[4400], comm[32] = "?\n";

        if (t->log_fd < 0)
                return;
        (void) snprintf(name, sizeof(name), "/proc/%d/comm", pid);
        _cleanup_close_ int fd = open(name, O_RDONLY | O_CLOEXEC);
        if (fd >= 0)
                (void) fd_read_full(fd, comm, sizeof(comm) - 1);
        comm[strcspn(comm, "\n")] = '\0';

        int n = snprintf(line, sizeof(line), "%llu %s %s %s\n", (unsigned long long) t->changes, comm,
                         c->call, c->path);
        (void) fd_write_full(t->log_fd, line, n);
}

/* A tracee is about to do what the filter stops. Returns whether it may go on. */
static bool judge(Tracees *t, pid_t pid) {
        Change c;

        if (!change_is_below(pid, below, &c))
                return true;
        if (t->killing)
                return false;

        t->changes++;
        note(t, pid, &c);
        if (t->changes == kill_at) {
                kill_all(t);
                return false;
        }
        if (t->changes == fail_at)
                (void) change_replace(pid, -fail_with);
        else if (pretended && streq(c.call, pretended))
                (void) change_replace(pid, 0);

        return true;
}

static void handle_stop(Tracees *t, pid_t pid, int status) {
        int event = status >> 16, signal = WSTOPSIG(status), go_on = PTRACE_CONT;
        unsigned long child;

        add(t, pid);
        if (t->killing && (pid != t->first || t->n == 1))
                (void) kill(pid, SIGKILL);

        switch (event) {
        case 0: break; /* a signal, which is delivered */
        case PTRACE_EVENT_STOP:
                if (signal != SIGTRAP)
                        go_on = PTRACE_LISTEN; /* stopped as by ^Z */
                signal = 0;
                break;
        case PTRACE_EVENT_FORK:
        case PTRACE_EVENT_VFORK:
        case PTRACE_EVENT_CLONE:
                if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &child) >= 0)
                        add(t, child);
                signal = 0;
                break;
        case PTRACE_EVENT_SECCOMP:
                if (!judge(t, pid))
                        return;
                signal = 0;
                break;
        default: signal = 0;
        }

        (void) ptrace(go_on, pid, 0, signal);
}

/* Until nobody is left. */
static void watch(Tracees *t) {
        for (;;) {
                int status;

                pid_t pid = waitpid(-1, &status, __WALL);
                if (pid < 0 && errno == EINTR)
                        continue;
                if (pid < 0)
                        return;

                if (WIFSTOPPED(status)) {
                        handle_stop(t, pid, status);
                        continue;
                }
                forget(t, pid);
                if (t->killing)
                        kill_all(t);
        }
}

static int seize(pid_t pid) {
        const long what = PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                          PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP;

        return ptrace(PTRACE_SEIZE, pid, 0, what) < 0 ? -errno : 0;
}

/* The tracer is a grandchild of the process that it traces: that one belongs to somebody who waits for it. */
_noreturn_ static void trace(pid_t command, int ready) {
        Tracees t = { .list = { command }, .n = 1, .first = command, .log_fd = -EBADF };

        (void) setsid();
        if (log_path)
                t.log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        int r = log_path && t.log_fd < 0 ? -errno : seize(command);
        if (r < 0)
                log_error_errno(r, "Cannot trace process %d: %m", command);
        (void) fd_write_full(ready, &r, sizeof(r));
        if (r >= 0)
                watch(&t);

        _exit(EXIT_SUCCESS);
}

static int start_tracer(void) {
        pid_t command = getpid();
        int ready[2], r;

        if (pipe2(ready, O_CLOEXEC) < 0)
                return -errno;

        pid_t pid = fork();
        if (pid == 0) {
                if (fork() == 0)
                        trace(command, ready[1]);
                _exit(EXIT_SUCCESS);
        }
        if (pid < 0 || waitpid(pid, NULL, 0) < 0)
                return -errno;
        fd_close(ready[1]);

        if (fd_read_full(ready[0], &r, sizeof(r)) != sizeof(r))
                r = -ECHILD;
        fd_close(ready[0]);
        return r;
}

static int run(int argc, char **argv) {
        char **command;

        int r = cli_parse(&program, argc, argv, &command);
        if (r <= 0)
                return r;
        if (!below || below[0] != '/' || !command[0]) {
                log_error("A directory and a command are wanted; see 'tracer --help'");
                return -EINVAL;
        }

        r = start_tracer();
        if (r >= 0)
                r = changes_stop();
        if (r < 0)
                return log_error_errno(r, "Cannot trace '%s': %m", command[0]);

        (void) execvp(command[0], command);
        return log_error_errno(errno, "Cannot run '%s': %m", command[0]);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), 125);
}
