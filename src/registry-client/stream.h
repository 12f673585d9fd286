/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/caller.h"
#include "registry-client/http.h"

/* A body on its way to the caller, in one piece whatever becomes of the connections it comes over. */
typedef struct Stream {
        const Caller *caller;
        int fd;               /* borrowed */
        bool fixed;           /* it has a digest: all servers have the same, or the caller will see */
        bool begun;           /* the caller has been told where it begins */
        uint64_t position;    /* the next byte that the caller wants */
        uint64_t skip;        /* bytes to be passed over before it */
        char *validator;      /* of what the caller has; may be NULL */
        HttpRequest *request; /* borrowed: goes on where we are */
} Stream;

void stream_done(Stream *s);
#define _cleanup_stream_ _cleanup_(stream_done)

/* Makes the body of `q` ours. However often it is performed, it goes on where we are. */
void stream_attach(Stream *s, HttpRequest *q, HttpSink *sink);
