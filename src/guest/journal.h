/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "guest/config.h"
#include "link/link.h"

/* What programs in the pod take for the journal: sockets in this directory, whose entries go to the host's. */
#define JOURNAL_DIRECTORY "/journal"
#define JOURNAL_STREAMS 64

/* A connection to the journal's standard output, or a pipe. */
typedef struct JournalStream {
        int fd;            /* -EBADF: there is none */
        int app;           /* whose it is, or -ESRCH */
        char *name;        /* its identifier */
        unsigned priority; /* of what has none of its own */
        bool prefixes;     /* lines may begin with "<N>" */
        unsigned n_header; /* lines of that which are still to come */
        char *line;        /* what has come of one: JOURNAL_TEXT_MAX */
        size_t size;
} JournalStream;

typedef struct Journal {
        const GuestConfig *config;
        int syslog, native, listener;
        JournalStream streams[JOURNAL_STREAMS];
} Journal;

/* The configuration is borrowed. */
int journal_open(const GuestConfig *c, Journal *ret);

/* A pipe whose lines have this identifier. Returns the end that is to be written to. */
int journal_open_pipe(Journal *j, const char *name);

/* For a loop. `quiet`: the link has nothing else to send. */
#define JOURNAL_POLL (3 + JOURNAL_STREAMS)
void journal_poll(const Journal *j, bool quiet, struct pollfd fds[static JOURNAL_POLL]);
void journal_dispatch(Journal *j, Link *l, const struct pollfd fds[static JOURNAL_POLL]);
