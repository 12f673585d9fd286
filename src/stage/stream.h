/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "stage/attach.h"

/* One of the streams of an app: a pipe, of which the app has the writing end, or its terminal; and who gets what comes out of it:
 * the journal, the caller if there is one who waits for it, and whoever is attached. None loses anything because of another; the
 * first two can make the app wait. */
typedef struct Stream {
        int from; /* reading end, or -EBADF: it has ended */
        int app;  /* the writing end, until the app has it, or as long as it may be started again */
        struct StreamSink {
                int fd;             /* -EBADF: nobody, or one that is no more */
                bool socket;        /* that it does not block is asked for with each write */
                size_t done;        /* of what is in the buffer */
                uint64_t when_msec; /* it last took something, by CLOCK_MONOTONIC */
        } journal, caller;          /* the former also when the stream has ended, until it is closed */
        const char *name;
        Attach *attach;
        bool error; /* it is the app's standard error */
        size_t size;
        char buffer[16 * 1024];
} Stream;

#define STREAM_NONE                                                                                         \
        {                                                                                                   \
                .from = -EBADF, .app = -EBADF, .journal = { .fd = -EBADF }, .caller = {.fd = -EBADF }       \
        }

/* What the journal calls the stream is `name`. `caller` is a stream of this process; if it is one of the journal's, nobody waits for
 * it. `owner`, of the host, may open the app's end anew by /proc/self/fd. */
int stream_open(const char *name, int caller, uid_t owner, Attach *attach, Stream *ret);

/* The app's terminal instead of such a pipe; the fd is taken over. */
void stream_open_terminal(const char *name, int master, Attach *attach, Stream *ret);

/* The writing end once more, opened anew: what one process does to its own, another does not inherit. Returns the fd. */
int stream_open_again(const Stream *s);

/* Nobody will be given the writing end any more. */
void stream_end(Stream *s);

void stream_close(Stream *s);

/* Has journald read all that it was sent? Whose words these are, it finds out then, by the process that they come from. */
bool stream_is_logged(const Stream *s);

/* Goes on without a caller who has been behind for so long, and has taken nothing since. */
void stream_leave_caller(Stream *s, uint64_t msec);

/* For a loop: fills in what to poll for, and does what there is to do. */
#define STREAM_POLL 3
void stream_poll(const Stream *s, struct pollfd fds[STREAM_POLL]);
void stream_dispatch(Stream *s, const struct pollfd fds[STREAM_POLL]);
