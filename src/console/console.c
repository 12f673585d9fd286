/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the conversation: what is read where and written where, and which signal means what.
 * Never: lets one slow end keep another, or a signal, waiting; leaves the terminal changed.
 * Follows: signalfd(2); the job control of credentials(7). */

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "basic/fd.h"
#include "console/attached.h"
#include "console/console.h"
#include "pod/pod-terminal.h"

#define REST_MAX (256 * 1024) /* more than pipes and terminals hold */

void console_init(Console *c) {
        *c = (Console) {
                .terminal = { .fd = -EBADF },
                .in = { .from = -EBADF, .to = -EBADF },
                .out = { .from = -EBADF, .to = STDOUT_FILENO },
                .err = { .from = -EBADF, .to = STDERR_FILENO },
                .master = -EBADF,
                .socket = -EBADF,
                .rest = REST_MAX,
                .status = -ENODATA,
                .signals = -EBADF,
        };
}

void console_done(Console *c) {
        terminal_take_back(&c->terminal);
        fd_close(c->in.to);
        fd_close(c->out.from);
        fd_close(c->err.from);
        fd_close(c->socket);
        fd_close(c->signals);
}

int console_catch_signals(Console *c) {
        static const int awaited[] = {
                SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGTSTP, SIGCONT, SIGWINCH
        };
        sigset_t mask;

        sigemptyset(&mask);
        for (size_t i = 0; i < ELEMENTSOF(awaited); i++)
                sigaddset(&mask, awaited[i]);
        c->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
        sigaddset(&mask, SIGPIPE); /* -EPIPE says the same */

        return c->signals < 0 || sigprocmask(SIG_BLOCK, &mask, NULL) < 0 ? -errno : 0;
}

static void resize(const Console *c) {
        unsigned rows, columns;

        terminal_size(&rows, &columns);
        if (c->socket >= 0)
                attached_resize(c, rows, columns);
        else if (c->master >= 0)
                (void) pod_terminal_resize(c->master, rows, columns);
        if (c->master >= 0 && c->on_resize)
                c->on_resize(c->userdata);
}

static void on_signal(Console *c) {
        struct signalfd_siginfo si;

        if (read(c->signals, &si, sizeof(si)) != sizeof(si))
                return;

        switch (si.ssi_signo) {
        case SIGWINCH: resize(c); break;
        case SIGTSTP: /* the shell wants its terminal as it was; SIGCONT will come */
                terminal_take_back(&c->terminal);
                (void) raise(SIGSTOP);
                break;
        case SIGCONT:
                (void) terminal_lend(&c->terminal);
                resize(c);
                break;
        default:
                if (c->on_signal(si.ssi_signo, c->userdata))
                        c->ended = true;
        }
}

static void end_input(Console *c) {
        static const char end_of_file = 4; /* what a terminal takes for it */

        c->in.from = -EBADF;
        if (c->keep_input)
                return;

        if (c->socket >= 0)
                attached_end_input(c);
        else if (c->master >= 0)
                flow_put(&c->in, &end_of_file, 1);
        else
                c->in.to = fd_close(c->in.to);
}

/* Returns whether the keys to leave have been typed. */
static bool read_input(Console *c) {
        char typed[FLOW_MAX - DETACH_KEYS_MAX];

        ssize_t n = flow_read(&c->in, typed, sizeof(typed));
        if (n <= 0) {
                if (n != -EAGAIN)
                        end_input(c);
                return false;
        }

        if (!c->terminal.raw) {
                flow_put(&c->in, typed, n);
                return false;
        }

        c->in.start = 0;
        return detach_keys_feed(&c->keys, typed, n, c->in.data, &c->in.end);
}

static void read_output(Console *c, Flow *f) {
        char buffer[FLOW_MAX];

        ssize_t n = flow_read(f, buffer, MIN(sizeof(buffer), c->rest));
        if (n > 0)
                flow_put(f, buffer, n);
        else if (n != -EAGAIN)
                f->from = fd_close(f->from);
        if (n > 0 && c->ended)
                c->rest -= n;
}

/* Nobody reads any more what the process writes: that it notices, unless it has a terminal or others who do. */
static void write_output(Console *c, Flow *f) {
        if (flow_write(f) >= 0)
                return;

        if (c->master >= 0 || c->socket >= 0)
                c->ended = true;
        else
                f->from = fd_close(f->from);
}

static void write_input(Console *c) {
        if (flow_write(&c->in) >= 0)
                return;

        c->in.from = -EBADF;
        if (c->master < 0)
                c->in.to = fd_close(c->in.to);
}

enum { SIGNALS, IN_FROM, IN_TO, OUT_FROM, OUT_TO, ERR_FROM, ERR_TO, SOCKET, _FDS };

/* Does what there is to do. Returns whether the keys to leave have been typed. */
static bool dispatch(Console *c, const struct pollfd fds[static _FDS]) {
        if (fds[SIGNALS].revents)
                on_signal(c);
        if (fds[OUT_FROM].revents)
                read_output(c, &c->out);
        if (fds[ERR_FROM].revents)
                read_output(c, &c->err);
        if (fds[OUT_TO].revents)
                write_output(c, &c->out);
        if (fds[ERR_TO].revents)
                write_output(c, &c->err);
        if (fds[IN_TO].revents)
                write_input(c);
        if (fds[SOCKET].revents)
                attached_send(c);
        if (fds[SOCKET].revents & ~POLLOUT)
                attached_receive(c);

        return fds[IN_FROM].revents && read_input(c);
}

/* Returns how many fds are ready: 0 only after the end, if there is nothing left. */
static int await(const Console *c, struct pollfd fds[static _FDS]) {
        bool kept = !flow_is_empty(&c->out) || !flow_is_empty(&c->err);

        fds[SIGNALS] = (struct pollfd) { .fd = c->ended ? -1 : c->signals, .events = POLLIN };
        flow_poll(&c->in, &fds[IN_FROM], &fds[IN_TO]);
        flow_poll(&c->out, &fds[OUT_FROM], &fds[OUT_TO]);
        flow_poll(&c->err, &fds[ERR_FROM], &fds[ERR_TO]);
        short events = c->socket < 0 ? 0 : attached_events(c);
        fds[SOCKET] = (struct pollfd) { .fd = events ? c->socket : -1, .events = events };
        if (c->ended)
                fds[IN_FROM].fd = fds[IN_TO].fd = fds[SOCKET].fd = -1;
        if (c->rest == 0)
                fds[OUT_FROM].fd = fds[ERR_FROM].fd = -1;

        int n = poll(fds, _FDS, c->ended && !kept ? 0 : -1);
        return n < 0 ? -errno : n;
}

int console_run(Console *c) {
        struct pollfd fds[_FDS];

        int r = terminal_lend(&c->terminal);
        if (r >= 0)
                resize(c);
        while (r == 0) {
                int n = await(c, fds);
                if (n == 0)
                        break;
                r = n > 0 ? dispatch(c, fds) : n == -EINTR ? 0 : n;
        }
        terminal_take_back(&c->terminal);

        return r < 0 ? r : r > 0 ? CONSOLE_DETACHED : CONSOLE_ENDED;
}
