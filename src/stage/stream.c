/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way of what an app prints to the journal and to the caller.
 * Never: waits, for whoever waits here hears no signal; interprets what is printed.
 * Follows: systemd.exec(5) $JOURNAL_STREAM; sd_journal_stream_fd(3). */

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "basic/clock.h"
#include "basic/fd.h"
#include "stage/stream.h"

/* sd-journal makes the buffer 8 MB large. Short lines that fill it keep journald busy for minutes after the app has ended. */
#define BACKLOG_MAX (256 * 1024)

/* <N> at the beginning of a line sets its priority, as for any service. */
static int open_journal(const char *name) {
        int fd = sd_journal_stream_fd(name, LOG_INFO, /* level_prefix= */ true);
        if (fd >= 0)
                (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int) { BACKLOG_MAX }, sizeof(int));

        return fd;
}

/* Opened anew where that is possible, for not to wait is a property of what was opened, which others share. What is refused or has no
 * such way (a regular file never waits) stays as it is. */
static struct StreamSink open_caller(int fd) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return (struct StreamSink) { .fd = -EBADF };
        if (S_ISSOCK(st.st_mode)) /* the journal's own, if that is where systemd has connected us to */
                return (struct StreamSink) { .fd = getenv("JOURNAL_STREAM") ? -EBADF
                                                                            : fcntl(fd, F_DUPFD_CLOEXEC, 3),
                                             .socket = true };

        int anew = -EBADF;
        if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))
                anew = fd_reopen(fd, O_WRONLY | O_NONBLOCK | O_NOCTTY);

        return (struct StreamSink) { .fd = anew >= 0 ? anew : fcntl(fd, F_DUPFD_CLOEXEC, 3) };
}

int stream_open(const char *name, int caller, uid_t owner, Attach *attach, Stream *ret) {
        int fds[2];

        _cleanup_close_ int journal = open_journal(name);
        if (journal < 0)
                return journal;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;

        *ret = (Stream) {
                .from = fds[0],
                .app = fds[1],
                .journal = { .fd = TAKE_FD(journal), .socket = true },
                .caller = open_caller(caller),
                .name = name,
                .attach = attach,
                .error = caller == STDERR_FILENO,
        };
        return fchown(ret->app, owner, owner) < 0 ? -errno : 0;
}

void stream_open_terminal(const char *name, int master, Attach *attach, Stream *ret) {
        *ret = (Stream) {
                .from = master,
                .app = -EBADF,
                .journal = { .fd = open_journal(name), .socket = true },
                .caller = { .fd = -EBADF },
                .name = name,
                .attach = attach,
        };
}

int stream_open_again(const Stream *s) {
        return fd_reopen(s->app, O_WRONLY);
}

void stream_end(Stream *s) {
        s->app = fd_close(s->app);
}

static void close_ends(Stream *s) {
        s->from = fd_close(s->from);
        s->app = fd_close(s->app);
        s->caller.fd = fd_close(s->caller.fd);
}

void stream_close(Stream *s) {
        close_ends(s);
        s->journal.fd = fd_close(s->journal.fd);
}

bool stream_is_logged(const Stream *s) {
        int unread = 0;

        return s->journal.fd < 0 || ioctl(s->journal.fd, SIOCOUTQ, &unread) < 0 || unread == 0;
}

static bool is_behind(const Stream *s, const struct StreamSink *sink) {
        return sink->fd >= 0 && sink->done < s->size;
}

void stream_poll(const Stream *s, struct pollfd fds[STREAM_POLL]) {
        bool journal = is_behind(s, &s->journal), caller = is_behind(s, &s->caller);

        bool waits = journal || caller || s->from < 0 || !attach_takes(s->attach);

        fds[0] = (struct pollfd) { .fd = waits ? -EBADF : s->from, .events = POLLIN };
        fds[1] = (struct pollfd) { .fd = journal ? s->journal.fd : -EBADF, .events = POLLOUT };
        fds[2] = (struct pollfd) { .fd = caller ? s->caller.fd : -EBADF, .events = POLLOUT };
}

/* One that has gone away stops nothing. */
static void sink_write(Stream *s, struct StreamSink *sink) {
        const char *data = s->buffer + sink->done;
        size_t left = s->size - sink->done;

        if (!is_behind(s, sink))
                return;
        ssize_t n = sink->socket ? send(sink->fd, data, left, MSG_DONTWAIT | MSG_NOSIGNAL)
                                 : write(sink->fd, data, left);
        if (n >= 0) {
                sink->done += n;
                sink->when_msec = now_msec(CLOCK_MONOTONIC);
        } else if (errno != EAGAIN && errno != EINTR)
                sink->fd = fd_close(sink->fd);
}

/* Takes what is there; its end is that of the stream. */
static void fill(Stream *s) {
        ssize_t n = read(s->from, s->buffer, sizeof(s->buffer));
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        if (n <= 0) {
                close_ends(s);
                return;
        }

        s->size = n;
        s->journal.done = s->caller.done = 0;
        s->caller.when_msec = now_msec(CLOCK_MONOTONIC);
        attach_write(s->attach, s->error, s->buffer, n);
        if (s->journal.fd < 0) /* journald was not there; perhaps it is again */
                s->journal.fd = open_journal(s->name);
}

void stream_dispatch(Stream *s, const struct pollfd fds[STREAM_POLL]) {
        if (fds[0].revents)
                fill(s);
        if (fds[0].revents || fds[1].revents)
                sink_write(s, &s->journal);
        if (fds[0].revents || fds[2].revents)
                sink_write(s, &s->caller);
}

void stream_leave_caller(Stream *s, uint64_t msec) {
        if (is_behind(s, &s->caller) && now_msec(CLOCK_MONOTONIC) - s->caller.when_msec >= msec)
                s->caller.fd = fd_close(s->caller.fd);
}
