/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "image/digest.h"
#include "registry/session.h"
#include "store/part.h"

/* A session that was asked for bytes, and the part that they are added to. */
typedef struct Download {
        Session *session; /* borrowed; NULL: nothing is under way */
        Part *part;       /* borrowed */
        uint64_t limit;   /* bytes that it may have in the end, whatever the session says */
        int pipe;
        bool begun, resumed; /* resumed: it goes on with what was in the part */
        bool answered;
        int error; /* what was answered */
        char *why;
} Download;

#define DOWNLOAD_NULL                                                                                       \
        (Download) {                                                                                        \
                .pipe = -EBADF                                                                              \
        }

/* Asks `session` for a blob, or for what is behind a URL, from where the part ends. */
int download_blob(Download *d, Session *session, Part *part, const Digest *digest, uint64_t size);
int download_url(Download *d, Session *session, Part *part, const char *url, uint64_t limit);

void download_done(Download *d);
#define _cleanup_download_ _cleanup_(download_done)

static inline bool download_is_active(const Download *d) {
        return d->session;
}

#define DOWNLOAD_POLL_MAX 2

/* What to wait for. Returns how many. */
size_t download_poll(const Download *d, struct pollfd *ret);

/* Takes what has come. 1 when that was all, 0 while there is more to come, or the error it ends with, a half
 * sentence in d->why. */
int download_advance(Download *d);
