/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the journal's sockets in the guest.
 * Never: keeps an entry: who writes faster than the host reads has to wait.
 * Follows: systemd-journald.service(8); systemd.exec(5), "StandardOutput="; link/message.h. */

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/local-socket.h"
#include "basic/str.h"
#include "guest/cgroup.h"
#include "guest/journal-entry.h"
#include "guest/journal.h"

#define DATAGRAM_MAX (64 * 1024)
#define AT_ONCE 4 /* of each socket; together they are less than what a link keeps */

/* Of a connection: identifier, unit, priority, whether lines have prefixes, and three that mean nothing here. */
#define HEADER_LINES 7u

static int open_socket(int directory, const char *name, int type) {
        _cleanup_close_ int fd = local_socket_bind(directory, name, type | SOCK_NONBLOCK);
        if (fd < 0)
                return fd;
        if (fchmodat(directory, name, 0666, 0) < 0 ||
            (type == SOCK_STREAM && listen(fd, JOURNAL_STREAMS) < 0))
                return -errno;

        return TAKE_FD(fd);
}

int journal_open(const GuestConfig *c, Journal *ret) {
        const int yes = 1;
        _cleanup_close_ int directory = dir_open_at(AT_FDCWD, JOURNAL_DIRECTORY, 0755);
        if (directory < 0)
                return directory;

        Journal j = {
                .config = c,
                .syslog = open_socket(directory, "dev-log", SOCK_DGRAM),
                .native = open_socket(directory, "socket", SOCK_DGRAM),
                .listener = open_socket(directory, "stdout", SOCK_STREAM),
        };
        for (size_t i = 0; i < JOURNAL_STREAMS; i++)
                j.streams[i].fd = -EBADF;
        if (j.syslog < 0 || j.native < 0 || j.listener < 0)
                return MIN(MIN(j.syslog, j.native), j.listener);
        if (setsockopt(j.syslog, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0 ||
            setsockopt(j.native, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0)
                return -errno;

        *ret = j;
        return 0;
}

static void close_stream(JournalStream *s) {
        fd_close(s->fd);
        free(s->name);
        free(s->line);
        *s = (JournalStream) { .fd = -EBADF };
}

static JournalStream *find_free(Journal *j) {
        for (size_t i = 0; i < JOURNAL_STREAMS; i++)
                if (j->streams[i].fd < 0)
                        return &j->streams[i];

        return NULL;
}

/* Takes over the fd. */
static JournalStream *add_stream(Journal *j, int fd) {
        _cleanup_close_ int owned = fd;
        JournalStream *s = find_free(j);
        char *line = s ? malloc(JOURNAL_TEXT_MAX + 1) : NULL;

        if (!line)
                return NULL;
        *s = (JournalStream) {
                .fd = TAKE_FD(owned),
                .priority = LOG_INFO,
                .n_header = HEADER_LINES,
                .line = line,
        };
        return s;
}

int journal_open_pipe(Journal *j, const char *name) {
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        _cleanup_close_ int theirs = fds[1];
        JournalStream *s = add_stream(j, fds[0]);
        if (!s)
                return -EMFILE;

        s->n_header = 0;
        s->prefixes = true;
        int r = str_copy(name, &s->name);
        if (r < 0)
                close_stream(s);
        return r < 0 ? r : TAKE_FD(theirs);
}

/* What says no identifier has the app's name for one, and that is the host's to add. */
static void pass(Link *l, int app, const JournalEntry *e) {
        const char *name = e->name ? e->name : "";

        for (size_t i = 0; i < e->n_fields; i++)
                (void) link_send(l, &(LinkMessage) { .type = LINK_FIELD,
                                                     .name = e->fields[i].name,
                                                     .text = e->fields[i].value });
        (void) link_send(l, &(LinkMessage) {
                                            .type = LINK_LOG,
                                            .app = MAX(app, 0),
                                            .priority = e->priority,
                                            .name = !name[0] && app < 0 ? "unknown" : name,
                                            .text = e->text,
                            });
}

/* An app that is alone is the only one that it can be. */
static int find_app(const Journal *j, pid_t pid) {
        return j->config->boots ? cgroup_find_app(j->config, pid) : 0;
}

/* The kernel says who has sent it, if he is still there. */
static ssize_t receive(int fd, char text[static DATAGRAM_MAX], pid_t *ret_pid) {
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(sizeof(struct ucred))];
        } control;
        struct iovec part = { .iov_base = text, .iov_len = DATAGRAM_MAX };
        struct msghdr m = {
                .msg_iov = &part,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        struct ucred sender = {};

        ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0)
                return -errno;
        const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS)
                memcpy(&sender, CMSG_DATA(c), sizeof(sender));

        *ret_pid = sender.pid;
        return n;
}

static void hear_datagrams(const Journal *j, int fd, Link *l) {
        static char text[DATAGRAM_MAX + 1];

        for (unsigned i = 0; i < AT_ONCE; i++) {
                JournalEntry e;
                pid_t pid = 0;

                ssize_t n = receive(fd, text, &pid);
                if (n < 0)
                        return;
                if (fd == j->syslog)
                        journal_parse_syslog(text, n, &e);
                else if (journal_parse_native(text, n, &e) < 0)
                        continue;
                pass(l, e.name ? 0 : find_app(j, pid), &e);
        }
}

static void hear_header(JournalStream *s, const char *line) {
        switch (HEADER_LINES - s->n_header--) {
        case 0: s->name = strndup(line, JOURNAL_NAME_MAX); break;
        case 2: s->priority = line[0] >= '0' && line[0] <= '7' ? line[0] - '0' : LOG_INFO; break;
        case 3: s->prefixes = streq(line, "1"); break;
        default: break;
        }
}

static void hear_line(JournalStream *s, Link *l, size_t size) {
        JournalEntry e;

        for (size_t i = 0; i < size; i++)
                if (s->line[i] == '\0')
                        s->line[i] = ' ';
        s->line[size] = '\0';
        if (s->n_header > 0) {
                hear_header(s, s->line);
                return;
        }

        journal_parse_line(s->line, s->prefixes, s->priority, &e);
        e.name = s->name;
        if (e.text[0])
                pass(l, s->app, &e);
}

/* All lines that are there as a whole, and what is too long for one or has no end. */
static void hear_lines(JournalStream *s, Link *l, bool last) {
        for (;;) {
                char *newline = memchr(s->line, '\n', s->size);

                if (!newline && s->size < JOURNAL_TEXT_MAX && !(last && s->size > 0))
                        return;
                size_t n = newline ? (size_t) (newline - s->line) : s->size, taken = newline ? n + 1 : n;
                hear_line(s, l, n);
                memmove(s->line, s->line + taken, s->size - taken);
                s->size -= taken;
        }
}

/* Lines are short: no more is read at a time than can be passed on. */
static void hear_stream(JournalStream *s, Link *l) {
        size_t room = MIN((size_t) JOURNAL_TEXT_MAX - s->size, (size_t) 512);

        ssize_t n = read(s->fd, s->line + s->size, room); /* there is something, so it does not wait */
        if (n < 0 && errno == EINTR)
                return;
        if (n > 0)
                s->size += n;
        hear_lines(s, l, n <= 0);
        if (n <= 0)
                close_stream(s);
}

static void accept_stream(Journal *j) {
        struct ucred peer = {};
        socklen_t size = sizeof(peer);

        int fd = accept4(j->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
                return;
        (void) getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
        JournalStream *s = add_stream(j, fd);
        if (s)
                s->app = find_app(j, peer.pid);
}

enum { SYSLOG, NATIVE, LISTENER, FIRST_STREAM };

void journal_poll(const Journal *j, bool quiet, struct pollfd fds[static JOURNAL_POLL]) {
        fds[SYSLOG] = (struct pollfd) { .fd = quiet ? j->syslog : -EBADF, .events = POLLIN };
        fds[NATIVE] = (struct pollfd) { .fd = quiet ? j->native : -EBADF, .events = POLLIN };
        fds[LISTENER] = (struct pollfd) { .fd = j->listener, .events = POLLIN };
        for (size_t i = 0; i < JOURNAL_STREAMS; i++)
                fds[FIRST_STREAM + i] = (struct pollfd) { .fd = quiet ? j->streams[i].fd : -EBADF,
                                                          .events = POLLIN };
}

void journal_dispatch(Journal *j, Link *l, const struct pollfd fds[static JOURNAL_POLL]) {
        if (fds[SYSLOG].revents)
                hear_datagrams(j, j->syslog, l);
        if (fds[NATIVE].revents)
                hear_datagrams(j, j->native, l);
        for (size_t i = 0; i < JOURNAL_STREAMS; i++)
                if (fds[FIRST_STREAM + i].revents)
                        hear_stream(&j->streams[i], l);
        if (fds[LISTENER].revents)
                accept_stream(j);
}
