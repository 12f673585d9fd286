/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the fds of a stream, and how much may be on its way.
 * Never: waits; believes that the other end keeps to what it was allowed.
 * Follows: link/link.h. */

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "link/link-stream.h"
#include "link/link.h"

/* Less than that stays unsaid: a frame for each few bytes would be more than the bytes. */
#define CREDIT_MIN (LINK_WINDOW / 4)

static int stop_waiting(int fd) {
        int flags = fd < 0 ? 0 : fcntl(fd, F_GETFL);
        return flags < 0 || (fd >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) ? -errno : 0;
}

int link_stream_open(uint32_t id, int in, int out, LinkStream *ret) {
        LinkStream s = {
                .id = id,
                .in = in,
                .out = out,
                .sends = in >= 0,
                .may_send = LINK_WINDOW,
                .may_come = LINK_WINDOW,
        };

        int r = stop_waiting(in);
        if (r >= 0)
                r = stop_waiting(out);
        if (r >= 0 && out >= 0) {
                s.buffer = malloc(LINK_WINDOW);
                r = s.buffer ? 0 : -ENOMEM;
        }
        if (r < 0) {
                link_stream_done(&s);
                return r;
        }

        *ret = s;
        return 0;
}

int link_stream_reserve(uint32_t id, LinkStream *ret) {
        LinkStream s = LINK_STREAM_NONE;

        s.buffer = malloc(LINK_WINDOW);
        if (!s.buffer)
                return -ENOMEM;

        s.id = id;
        s.reserved = true;
        s.may_send = s.may_come = LINK_WINDOW;
        *ret = s;
        return 0;
}

int link_stream_connect(LinkStream *s, int in, int out) {
        s->in = in;
        s->out = out;
        s->sends = in >= 0;
        s->reserved = false;
        int r = stop_waiting(in);
        if (r >= 0)
                r = stop_waiting(out);
        if (r < 0)
                link_stream_close(s);
        else
                link_stream_write(s);

        return r;
}

void link_stream_done(LinkStream *s) {
        fd_close(s->in);
        fd_close(s->out);
        free(s->buffer);
        *s = (LinkStream) LINK_STREAM_NONE;
}

static void close_out(LinkStream *s) {
        s->out = fd_close(s->out);
        s->owed += s->end - s->start;
        s->start = s->end = 0;
}

void link_stream_close(LinkStream *s) {
        s->reserved = false;
        s->in = fd_close(s->in);
        close_out(s);
}

int link_stream_receive(LinkStream *s, const void *data, size_t n, char **reterr_why) {
        if (s->heard_end)
                return refuse(reterr_why, -EBADMSG, "DATA of stream %u behind its END", s->id);
        if (n > s->may_come)
                return refuse(reterr_why, -EBADMSG, "DATA of stream %u for which there is no room", s->id);

        s->may_come -= n;
        if (s->out < 0 && !s->reserved) {
                s->owed += n;
                return 0;
        }
        if (s->end + n > LINK_WINDOW) {
                memmove(s->buffer, s->buffer + s->start, s->end - s->start);
                s->end -= s->start;
                s->start = 0;
        }
        assert(s->end + n <= LINK_WINDOW);
        memcpy(s->buffer + s->end, data, n);
        s->end += n;
        link_stream_write(s);

        return 0;
}

int link_stream_receive_end(LinkStream *s, char **reterr_why) {
        if (s->heard_end)
                return refuse(reterr_why, -EBADMSG, "END of stream %u for the second time", s->id);

        s->heard_end = true;
        link_stream_write(s);
        return 0;
}

int link_stream_receive_credit(LinkStream *s, uint32_t n, char **reterr_why) {
        if (n == 0 || n > LINK_WINDOW - s->may_send)
                return refuse(reterr_why, -EBADMSG, "CREDIT of stream %u for what was not sent", s->id);

        s->may_send += n;
        return 0;
}

void link_stream_write(LinkStream *s) {
        if (s->reserved)
                return;
        while (s->out >= 0 && s->start < s->end) {
                ssize_t n = write(s->out, s->buffer + s->start, s->end - s->start);
                if (n < 0 && (errno == EAGAIN || errno == EINTR))
                        return;
                if (n < 0) {
                        close_out(s);
                        break;
                }
                s->start += n;
                s->owed += n;
        }

        s->start = s->end = 0;
        if (s->heard_end)
                link_stream_close(s);
}

/* A terminal that nobody has open any more says EIO. */
size_t link_stream_read(LinkStream *s, void *buffer, size_t max) {
        size_t room = MIN(max, (size_t) s->may_send);

        if (s->in < 0 || room == 0)
                return 0;
        ssize_t n = read(s->in, buffer, room);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0) {
                s->in = fd_close(s->in);
                return 0;
        }

        s->may_send -= n;
        return n;
}

uint32_t link_stream_owes(const LinkStream *s) {
        return s->owed >= CREDIT_MIN && !s->heard_end ? s->owed : 0;
}

void link_stream_has_told(LinkStream *s) {
        s->may_come += s->owed;
        s->owed = 0;
}

bool link_stream_has_ended(const LinkStream *s) {
        return !s->said_end && !s->reserved && (s->sends ? s->in < 0 : s->out < 0);
}

bool link_stream_is_over(const LinkStream *s) {
        return s->said_end && s->heard_end && s->out < 0;
}

/* Who only takes wants to know when its reader has gone, also while there is nothing to write. */
void link_stream_poll(const LinkStream *s, bool may_send, struct pollfd fds[LINK_STREAM_POLL]) {
        bool writes = s->start < s->end;

        fds[0] = (struct pollfd) { .fd = may_send && s->may_send > 0 ? s->in : -EBADF, .events = POLLIN };
        fds[1] = (struct pollfd) { .fd = writes || !s->sends ? s->out : -EBADF,
                                   .events = writes ? POLLOUT : 0 };
}
