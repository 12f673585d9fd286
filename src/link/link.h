/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "link/message.h"

/* The way between the stage and the agent in the pod's virtual machine: messages, and streams that go from one's fds to the other's by
 * themselves. No stream waits for another: each end sends no more of one than the other has said it has room for. Whatever the other end
 * does, memory is bounded: a window for each stream, a frame that comes and LINK_QUEUE for what goes. The caller ignores SIGPIPE. */
#define LINK_WINDOW (64 * 1024)
#define LINK_QUEUE (256 * 1024)

/* What a pod of so many apps can need: three for each, and those of its last life that are not over yet; four for each command; and one for
 * what the guest is told of the pod. */
#define LINK_EXECS_MAX 32
#define LINK_STREAMS(apps) (2 * 3 * (apps) + 4 * LINK_EXECS_MAX + 1)

typedef struct Link Link;

typedef struct LinkLimits {
        size_t apps;                  /* an app's number is less than that */
        size_t streams;               /* at the same time */
        unsigned messages_per_second; /* what comes beyond that waits in the other end; 0: any number */
} LinkLimits;

typedef struct LinkEvents {
        /* Any message but those of streams. Its texts are gone when it returns. A negative errno, with *reterr_why, is the end of the
         * link. It may open streams and send. */
        int (*message)(const LinkMessage *m, char **reterr_why, void *userdata);
        /* Nothing will come of this stream any more, and what came has been written. */
        void (*over)(uint32_t id, void *userdata);
        void *userdata;
} LinkEvents;

/* Takes over the fd, also when it fails. `side` is ours. */
int link_new(int fd, LinkSide side, const LinkLimits *limits, const LinkEvents *events, Link **ret);
Link *link_free(Link *l);
DEFINE_CLEANUP(Link, link_free)

/* An id for `n` new streams (id, id + 2 …) or for a request: each is given out once. */
uint32_t link_take_ids(Link *l, size_t n);

/* A stream begins: what can be read from `in` is sent, what comes is written to `out`. Either may be -EBADF: nothing is sent, what comes
 * is dropped. Both are taken over, also when it fails, and made O_NONBLOCK: nobody else's open file descriptions. Two fds, also for a
 * terminal.
 *
 * Each end says END once: when `in` has ended or, without one, when nobody reads `out` any more; or when the other has said it and what came
 * before has been written: then both fds are closed. When both have, the stream is over.
 *
 * -EEXIST: there is a stream of this id. -ENOBUFS: there are too many. */
int link_open(Link *l, uint32_t id, int in, int out);

/* A stream whose fds are given by link_open() later: what comes until then waits for them. */
int link_reserve(Link *l, uint32_t id);

/* Our end of it closes both: says END, and drops what still comes. Nothing if there is none of this id. */
void link_close(Link *l, uint32_t id);

bool link_has(const Link *l, uint32_t id);

/* Whether something of this stream waits for `out` to take it. */
bool link_is_behind(const Link *l, uint32_t id);

/* Sends a message, or keeps it until it can be sent. -EAGAIN: too much is waiting; whoever can do without, waits for link_takes(). */
int link_send(Link *l, const LinkMessage *m);

/* Holds what comes back, after the message that is being heard; or goes on. */
void link_hold(Link *l, bool hold);

/* Whether a message of any size would be kept. */
bool link_takes(const Link *l);

/* Whether all that was sent is on its way. Streams may have more. */
bool link_is_flushed(const Link *l);

/* For a loop: how many to make room for, always the same; fills in what to poll for; does what there is to do. -ECONNRESET: the other end
 * has gone; -EBADMSG (or what message() has returned) and *reterr_why: it does not keep to the rules. Then the link is of no use. */
size_t link_n_poll(const Link *l);
void link_poll(const Link *l, struct pollfd *fds);
int link_dispatch(Link *l, const struct pollfd *fds, char **reterr_why);
