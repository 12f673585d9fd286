/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "basic/macro.h"

/* One end of a stream of a link: two fds and what the other end has been promised. */
typedef struct LinkStream {
        uint32_t id;   /* 0: there is no stream here */
        int in, out;   /* -EBADF: none, or not any more */
        bool sends;    /* it had `in` */
        bool reserved; /* it gets them later */
        bool said_end, heard_end;
        uint32_t may_send; /* bytes that the other end has room for */
        uint32_t may_come; /* that it may still send */
        uint32_t owed;     /* that it may send once it has been told */
        uint8_t *buffer;   /* LINK_WINDOW, of what `out` has not taken yet */
        size_t start, end;
} LinkStream;

#define LINK_STREAM_NONE                                                                                    \
        { .in = -EBADF, .out = -EBADF }

/* Takes over the fds, also when it fails. */
int link_stream_open(uint32_t id, int in, int out, LinkStream *ret);

/* One whose fds come later: what comes until then waits for them. */
int link_stream_reserve(uint32_t id, LinkStream *ret);
int link_stream_connect(LinkStream *s, int in, int out);

void link_stream_done(LinkStream *s);

/* Both fds; what still comes is dropped. */
void link_stream_close(LinkStream *s);

/* What has come, as far as it was allowed to (-EBADMSG otherwise). */
int link_stream_receive(LinkStream *s, const void *data, size_t n, char **reterr_why);
int link_stream_receive_end(LinkStream *s, char **reterr_why);
int link_stream_receive_credit(LinkStream *s, uint32_t n, char **reterr_why);

/* Writes what there is to `out`, as far as that takes it. */
void link_stream_write(LinkStream *s);

/* Reads what may be sent. 0: nothing now, or never again. */
size_t link_stream_read(LinkStream *s, void *buffer, size_t max);

/* How much the other end is to be told that it may send, or 0: not worth a frame yet. */
uint32_t link_stream_owes(const LinkStream *s);
void link_stream_has_told(LinkStream *s);

/* Is END to be said? */
bool link_stream_has_ended(const LinkStream *s);

/* Have both said it, and is nothing left? */
bool link_stream_is_over(const LinkStream *s);

#define LINK_STREAM_POLL 2
void link_stream_poll(const LinkStream *s, bool may_send, struct pollfd fds[LINK_STREAM_POLL]);
