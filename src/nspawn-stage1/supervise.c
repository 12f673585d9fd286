/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the running nspawn: its streams, its signals, readiness, its end.
 * Never: interprets what the app prints.
 * Follows: sd_notify(3), sd_listen_fds(3) (by which nspawn hands an fd to the pod), systemd.exec(5)
 * $JOURNAL_STREAM. */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "nspawn-stage1/supervise.h"

/* One stream of the app: read end of its pipe, where it goes, and the pipe to the pod. In a detached pod
 * the app writes to the journal itself and there is nothing to copy. */
typedef struct Stream {
        int from, journal, caller, app;
} Stream;

typedef struct Supervisor {
        const Nspawn *nspawn;
        pid_t pid;
        int signals, status;
        Stream out, err;
        InitStatus last;
        int wait_status;
        bool running;
} Supervisor;

/* $JOURNAL_STREAM is set if systemd has connected our streams to the journal: nobody waits for them. */
static bool is_foreground(void) {
        return !getenv("JOURNAL_STREAM");
}

static int stream_open(const char *app, int caller, Stream *ret) {
        int fds[2];

        _cleanup_close_ int journal = sd_journal_stream_fd(app, LOG_INFO, /* level_prefix= */ false);
        if (journal < 0)
                return journal;

        if (!is_foreground()) {
                *ret = (Stream) {
                        .from = -EBADF, .journal = -EBADF, .caller = -EBADF, .app = TAKE_FD(journal)
                };
                return 0;
        }

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        *ret = (Stream) { .from = fds[0], .journal = TAKE_FD(journal), .caller = caller, .app = fds[1] };
        return 0;
}

static void stream_close(Stream *s) {
        s->from = fd_close(s->from);
        s->journal = fd_close(s->journal);
        s->app = fd_close(s->app);
}

/* Copies what is there. A caller that has gone away stops nothing; the end closes the stream. */
static void stream_copy(Stream *s) {
        char buffer[64 * 1024];

        ssize_t n = read(s->from, buffer, sizeof(buffer));
        if (n < 0 && errno == EINTR)
                return;
        if (n <= 0) {
                stream_close(s);
                return;
        }

        if (s->caller >= 0 && fd_write_full(s->caller, buffer, n) < 0)
                s->caller = -EBADF;
        (void) fd_write_full(s->journal, buffer, n);
}

/* In the child: becomes nspawn. LISTEN_PID must be its pid, hence no other way of starting programs will
 * do. */
_noreturn_ static void become_nspawn(const Supervisor *s, int status) {
        char pid[16];
        sigset_t none;

        (void) snprintf(pid, sizeof(pid), "%d", getpid());
        if (dup2(s->out.app, STDOUT_FILENO) < 0 || dup2(s->err.app, STDERR_FILENO) < 0 ||
            dup2(status, INIT_STATUS_FD) < 0 || (status == INIT_STATUS_FD && fd_keep_on_exec(status) < 0))
                _exit(EXIT_GANTRY);

        setenv("LISTEN_PID", pid, true);
        setenv("LISTEN_FDS", "1", true);
        setenv("SYSTEMD_NSPAWN_TMPFS_TMP", "0", true); /* /tmp is the image's */
        /* It looks for a systemd in the image to find out which cgroup tree that one wants, and takes
         * none for an old one. */
        setenv("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "1", true);
        setenv("SYSTEMD_LOG_TARGET", "journal", true); /* its stderr is the app's */
        unsetenv("NOTIFY_SOCKET");                     /* we say when the app is ready */
        unsetenv("JOURNAL_STREAM");
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);

        execvp(s->nspawn->argv[0], s->nspawn->argv);
        log_error_errno(errno, "Cannot execute systemd-nspawn: %m; the package systemd-container has it");
        _exit(EXIT_GANTRY);
}

static int start(Supervisor *s) {
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        s->status = fds[0];

        s->pid = fork();
        if (s->pid == 0)
                become_nspawn(s, fds[1]);
        int r = s->pid < 0 ? -errno : 0;

        fd_close(fds[1]);
        s->out.app = fd_close(s->out.app);
        s->err.app = fd_close(s->err.app);
        s->running = r >= 0;
        return r;
}

static void on_status(Supervisor *s) {
        InitStatus status;

        if (fd_read_full(s->status, &status, sizeof(status)) != sizeof(status)) {
                s->status = fd_close(s->status);
                return;
        }

        s->last = status;
        if (status.event == INIT_STARTED)
                (void) sd_notify(/* unset_environment= */ false, "READY=1");
}

static void on_signal(Supervisor *s) {
        struct signalfd_siginfo si;

        if (read(s->signals, &si, sizeof(si)) != sizeof(si))
                return;
        if (si.ssi_signo != SIGCHLD)
                (void) kill(s->pid,
                            SIGTERM); /* nspawn passes it to gantry-init, that the app's stop signal to the app */
        else if (waitpid(s->pid, &s->wait_status, WNOHANG) == s->pid)
                s->running = false;
}

static int loop(Supervisor *s) {
        while (s->running || s->status >= 0 || s->out.from >= 0 || s->err.from >= 0) {
                struct pollfd fds[] = {
                        { .fd = s->signals, .events = POLLIN },
                        { .fd = s->status, .events = POLLIN },
                        { .fd = s->out.from, .events = POLLIN },
                        { .fd = s->err.from, .events = POLLIN },
                };

                if (poll(fds, ELEMENTSOF(fds), -1) < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                if (fds[1].revents)
                        on_status(s);
                if (fds[2].revents)
                        stream_copy(&s->out);
                if (fds[3].revents)
                        stream_copy(&s->err);
                if (fds[0].revents)
                        on_signal(s);
        }

        return 0;
}

static int exit_status(const Supervisor *s) {
        int nspawn = WIFEXITED(s->wait_status) ? WEXITSTATUS(s->wait_status) : EXIT_GANTRY;

        switch (s->last.event) {
        case INIT_EXITED: return s->last.value;
        case INIT_KILLED: return 128 + s->last.value;
        case INIT_FAILED: return nspawn;         /* gantry-init's own words: 125, 126 or 127 */
        case INIT_STARTED: return 128 + SIGKILL; /* the pod was killed as a whole */
        default: return EXIT_GANTRY;
        }
}

int nspawn_supervise(const Nspawn *n, InitStatus *ret_last) {
        Supervisor s = {
                .nspawn = n,
                .signals = -EBADF,
                .status = -EBADF,
                .out = { -EBADF, -EBADF, -EBADF, -EBADF },
                .err = { -EBADF, -EBADF, -EBADF, -EBADF },
        };
        sigset_t mask;
        int r;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGCHLD);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        signal(SIGPIPE, SIG_IGN);

        s.signals = signalfd(-1, &mask, SFD_CLOEXEC);
        r = s.signals < 0 ? -errno : stream_open(n->app, STDOUT_FILENO, &s.out);
        if (r >= 0)
                r = stream_open(n->app, STDERR_FILENO, &s.err);
        if (r >= 0)
                r = start(&s);
        if (r >= 0)
                r = loop(&s);

        stream_close(&s.out);
        stream_close(&s.err);
        fd_close(s.status);
        fd_close(s.signals);
        if (r < 0)
                return r;

        *ret_last = s.last;
        return exit_status(&s);
}
