/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the frames that come and go over one fd, and the streams in them.
 * Never: waits; keeps more than it has said it would, whatever the other end sends or does not read.
 * Follows: link/message.h. */

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/per-second.h"
#include "basic/refuse.h"
#include "link/link-stream.h"
#include "link/link.h"

/* Streams leave the rest of the queue to messages, which would have to wait behind them. */
#define STREAMS_MAX (4 * LINK_FRAME_MAX)

struct Link {
        int fd;
        int pause; /* a timer */
        LinkSide side;
        LinkLimits limits;
        LinkEvents events;
        uint32_t next_id;
        LinkStream *streams; /* limits.streams */
        size_t turn;         /* whose it is to be the first */
        bool deaf;           /* the other end reads no more */
        bool held;           /* nothing is heard before the caller says so, … */
        bool paused;         /* … or the timer */
        PerSecond heard;     /* messages */
        size_t in_start, in_end, out_start, out_end;
        char texts[LINK_TEXTS_MAX];
        uint8_t in[4 * LINK_FRAME_MAX];
        uint8_t out[LINK_QUEUE];
};

Link *link_free(Link *l) {
        if (!l)
                return NULL;

        for (size_t i = 0; l->streams && i < l->limits.streams; i++)
                link_stream_done(&l->streams[i]);
        free(l->streams);
        fd_close(l->pause);
        fd_close(l->fd);
        free(l);
        return NULL;
}

int link_new(int fd, LinkSide side, const LinkLimits *limits, const LinkEvents *events, Link **ret) {
        _cleanup_close_ int owned = fd;

        int flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
                return -errno;

        _cleanup_(link_freep) Link *l = malloc(sizeof(Link));
        if (!l)
                return -ENOMEM;
        memset(l, 0, offsetof(Link, texts));
        l->fd = TAKE_FD(owned);
        l->pause = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        l->side = side;
        l->limits = *limits;
        l->events = *events;
        l->next_id = side == LINK_GUEST ? 1 : 2;
        if (l->pause < 0)
                return -errno;

        l->streams = calloc(limits->streams, sizeof(LinkStream));
        if (!l->streams)
                return -ENOMEM;
        for (size_t i = 0; i < limits->streams; i++)
                l->streams[i] = (LinkStream) LINK_STREAM_NONE;

        *ret = TAKE_PTR(l);
        return 0;
}

uint32_t link_take_ids(Link *l, size_t n) {
        uint32_t id = l->next_id;

        l->next_id += 2 * n;
        return id;
}

/* 0: a place that is free. */
static LinkStream *find_stream(const Link *l, uint32_t id) {
        for (size_t i = 0; i < l->limits.streams; i++)
                if (l->streams[i].id == id)
                        return &l->streams[i];

        return NULL;
}

bool link_has(const Link *l, uint32_t id) {
        return id != 0 && find_stream(l, id);
}

bool link_is_behind(const Link *l, uint32_t id) {
        const LinkStream *s = id == 0 ? NULL : find_stream(l, id);
        return s && s->start < s->end;
}

int link_open(Link *l, uint32_t id, int in, int out) {
        _cleanup_close_ int i = in, o = out;

        assert(id != 0);
        LinkStream *s = find_stream(l, id);
        if (s)
                return s->reserved ? link_stream_connect(s, TAKE_FD(i), TAKE_FD(o)) : -EEXIST;
        s = find_stream(l, 0);
        return s ? link_stream_open(id, TAKE_FD(i), TAKE_FD(o), s) : -ENOBUFS;
}

int link_reserve(Link *l, uint32_t id) {
        assert(id != 0);
        if (find_stream(l, id))
                return -EEXIST;
        LinkStream *s = find_stream(l, 0);
        return s ? link_stream_reserve(id, s) : -ENOBUFS;
}

void link_close(Link *l, uint32_t id) {
        LinkStream *s = id == 0 ? NULL : find_stream(l, id);

        if (s)
                link_stream_close(s);
}

void link_hold(Link *l, bool hold) {
        l->held = hold;
}

static bool listens(const Link *l) {
        return !l->held && !l->paused;
}

static size_t queued(const Link *l) {
        return l->out_end - l->out_start;
}

bool link_takes(const Link *l) {
        return queued(l) + LINK_FRAME_MAX <= LINK_QUEUE;
}

bool link_is_flushed(const Link *l) {
        return queued(l) == 0;
}

/* Room for a frame, behind what waits. */
static uint8_t *make_room(Link *l) {
        if (l->out_end + LINK_FRAME_MAX > LINK_QUEUE) {
                memmove(l->out, l->out + l->out_start, queued(l));
                l->out_end -= l->out_start;
                l->out_start = 0;
        }

        assert(l->out_end + LINK_FRAME_MAX <= LINK_QUEUE);
        return l->out + l->out_end;
}

int link_send(Link *l, const LinkMessage *m) {
        if (!link_takes(l))
                return -EAGAIN;

        ssize_t n = link_message_encode(m, l->side, make_room(l));
        if (n < 0)
                return n;
        l->out_end += n;
        return 0;
}

/* What the last bytes were that came may still be to be read when the other end is gone. */
static void flush(Link *l) {
        while (!l->deaf && queued(l) > 0) {
                ssize_t n = write(l->fd, l->out + l->out_start, queued(l));
                if (n < 0 && (errno == EAGAIN || errno == EINTR))
                        return;
                l->deaf = n <= 0;
                l->out_start += MAX(n, 0);
        }

        l->out_start = l->out_end = 0;
}

static bool may_send(const Link *l) {
        return queued(l) < STREAMS_MAX;
}

/* One frame of what the stream has. */
static void send_data(Link *l, LinkStream *s) {
        uint8_t data[LINK_PAYLOAD_MAX];

        size_t n = link_stream_read(s, data, sizeof(data));
        if (n > 0)
                (void) link_send(l,
                                 &(LinkMessage) { .type = LINK_DATA, .id = s->id, .data = data, .size = n });
}

static void settle(Link *l, LinkStream *s) {
        uint32_t credit = link_stream_owes(s), id = s->id;

        if (credit > 0 &&
            link_send(l, &(LinkMessage) { .type = LINK_CREDIT, .id = id, .credit = credit }) >= 0)
                link_stream_has_told(s);
        if (link_stream_has_ended(s))
                s->said_end = link_send(l, &(LinkMessage) { .type = LINK_END, .id = id }) >= 0;
        if (!link_stream_is_over(s))
                return;

        link_stream_done(s);
        l->events.over(id, l->events.userdata);
}

static int hear_stream(Link *l, const LinkMessage *m, char **reterr_why) {
        LinkStream *s = find_stream(l, m->id);

        if (!s && m->type == LINK_CREDIT) /* it crossed our END */
                return 0;
        if (!s)
                return refuse(reterr_why, -EBADMSG, "stream %u is not there", m->id);

        return m->type == LINK_DATA  ? link_stream_receive(s, m->data, m->size, reterr_why)
               : m->type == LINK_END ? link_stream_receive_end(s, reterr_why)
                                     : link_stream_receive_credit(s, m->credit, reterr_why);
}

/* The first that is too much is still heard. */
static void count_message(Link *l) {
        if (per_second_add(&l->heard, 1) < l->limits.messages_per_second ||
            l->limits.messages_per_second == 0)
                return;

        l->paused = timerfd_settime(l->pause, TFD_TIMER_ABSTIME,
                                    &(struct itimerspec) { .it_value.tv_sec = l->heard.second + 1 },
                                    NULL) >= 0;
}

static int hear(Link *l, const LinkMessage *m, char **reterr_why) {
        if (m->type == LINK_DATA || m->type == LINK_END || m->type == LINK_CREDIT)
                return hear_stream(l, m, reterr_why);
        if (m->app > 0 && m->app >= l->limits.apps)
                return refuse(reterr_why, -EBADMSG, "there is no app %u", m->app);

        if (m->type != LINK_FIELD) /* counts with its entry, of which it is a part */
                count_message(l);
        return l->events.message(m, reterr_why, l->events.userdata);
}

/* All frames that are there as a whole. */
static int hear_all(Link *l, char **reterr_why) {
        LinkSide other = l->side == LINK_HOST ? LINK_GUEST : LINK_HOST;
        LinkMessage m;

        while (listens(l)) {
                ssize_t n = link_message_decode(l->in + l->in_start, l->in_end - l->in_start, other,
                                                l->texts, &m, reterr_why);
                if (n <= 0)
                        return n;
                int r = hear(l, &m, reterr_why);
                if (r < 0)
                        return r;
                l->in_start += n;
        }

        return 0;
}

static int receive(Link *l) {
        memmove(l->in, l->in + l->in_start, l->in_end - l->in_start);
        l->in_end -= l->in_start;
        l->in_start = 0;
        if (l->in_end == sizeof(l->in)) /* of before a pause */
                return 0;

        ssize_t n = read(l->fd, l->in + l->in_end, sizeof(l->in) - l->in_end);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0)
                return -ECONNRESET;
        l->in_end += n;
        return 0;
}

enum { LINK, PAUSE, STREAMS };

size_t link_n_poll(const Link *l) {
        return STREAMS + LINK_STREAM_POLL * l->limits.streams;
}

void link_poll(const Link *l, struct pollfd *fds) {
        short events = (listens(l) ? POLLIN : 0) | (queued(l) > 0 ? POLLOUT : 0);

        fds[LINK] = (struct pollfd) { .fd = events ? l->fd : -EBADF, .events = events };
        fds[PAUSE] = (struct pollfd) { .fd = l->paused ? l->pause : -EBADF, .events = POLLIN };
        for (size_t i = 0; i < l->limits.streams; i++)
                link_stream_poll(&l->streams[i], may_send(l), fds + STREAMS + LINK_STREAM_POLL * i);
}

/* Everybody is the first at times: the queue may be full behind him. */
static void serve_streams(Link *l, const struct pollfd *fds) {
        for (size_t n = 0; n < l->limits.streams; n++) {
                size_t i = (l->turn + n) % l->limits.streams;
                const struct pollfd *p = fds + STREAMS + LINK_STREAM_POLL * i;
                LinkStream *s = &l->streams[i];

                if (p[1].revents & POLLOUT)
                        link_stream_write(s);
                else if (p[1].revents)
                        link_stream_close(s);
                if (p[0].revents && may_send(l))
                        send_data(l, s);
        }

        l->turn = (l->turn + 1) % l->limits.streams;
}

int link_dispatch(Link *l, const struct pollfd *fds, char **reterr_why) {
        uint64_t n;
        int r = 0;

        serve_streams(l, fds);
        if (fds[PAUSE].revents)
                l->paused = read(l->pause, &n, sizeof(n)) < 0;
        if (listens(l) && (fds[LINK].revents & ~POLLOUT))
                r = receive(l);
        if (r >= 0)
                r = hear_all(l, reterr_why);
        if (r < 0)
                return r;

        for (size_t i = 0; i < l->limits.streams; i++)
                if (l->streams[i].id > 0)
                        settle(l, &l->streams[i]);
        flush(l);
        return 0;
}
