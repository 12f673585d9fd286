/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: who is connected to the metadata service, and for how long.
 * Never: lets a client that is slow keep out another one.
 * Follows: docs/ARCHITECTURE.md, "The metadata service". */

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "basic/clock.h"
#include "basic/fd.h"
#include "metadata/connection.h"
#include "metadata/server.h"

#define CONNECTIONS_MAX 64
#define IDLE_MSEC 10000

typedef struct Server {
        int listening;
        const MetadataPod *pod;
        Connection connections[CONNECTIONS_MAX];
        uint64_t now_msec, busy_msec; /* now, and when somebody was there last */
} Server;

/* A free place, else that of who has taken the longest over one thing. */
static Connection *find_place(Server *s) {
        Connection *slowest = &s->connections[0];

        for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
                Connection *c = &s->connections[i];

                if (c->fd < 0)
                        return c;
                if (c->deadline_msec < slowest->deadline_msec)
                        slowest = c;
        }

        connection_close(slowest);
        return slowest;
}

static int admit(Server *s) {
        int fd = accept4(s->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
                connection_open(find_place(s), fd, s->now_msec);

        return fd < 0 && (errno == EBADF || errno == EINVAL) ? -errno : 0;
}

/* How long poll() may take: up to the next deadline, or to the end of having nothing to do. */
static int patience(const Server *s) {
        uint64_t until = s->busy_msec + IDLE_MSEC;

        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
                if (s->connections[i].fd >= 0)
                        until = MIN(until, s->connections[i].deadline_msec);

        return until > s->now_msec ? until - s->now_msec : 0;
}

static void look_after(Server *s, const struct pollfd *fds) {
        for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
                Connection *c = &s->connections[i];

                if (c->fd >= 0 && fds[i].revents)
                        connection_dispatch(c, s->pod, s->now_msec);
                if (c->fd >= 0 && c->deadline_msec <= s->now_msec)
                        connection_close(c);
                if (c->fd >= 0)
                        s->busy_msec = s->now_msec;
        }
}

static int turn(Server *s) {
        struct pollfd fds[CONNECTIONS_MAX + 1];

        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
                connection_poll(&s->connections[i], &fds[i]);
        fds[CONNECTIONS_MAX] = (struct pollfd) { .fd = s->listening, .events = POLLIN };

        int n = poll(fds, ELEMENTSOF(fds), patience(s));
        if (n < 0)
                return errno == EINTR ? 0 : -errno;

        s->now_msec = now_msec(CLOCK_MONOTONIC);
        look_after(s, fds);
        return fds[CONNECTIONS_MAX].revents ? admit(s) : 0;
}

int server_run(int listening, const MetadataPod *pod) {
        uint64_t now = now_msec(CLOCK_MONOTONIC);
        Server s = { .listening = listening, .pod = pod, .now_msec = now, .busy_msec = now };
        int r = 0;

        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
                s.connections[i].fd = -EBADF;
        while (r >= 0 && s.now_msec < s.busy_msec + IDLE_MSEC)
                r = turn(&s);

        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
                connection_close(&s.connections[i]);
        return r;
}
