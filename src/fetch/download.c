/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: bytes on their way from a session into a part.
 * Never: looks at them; waits.
 * Follows: registry/session.h. */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/download.h"

#define CHUNK_SIZE (256U * 1024U)
#define PIPE_SIZE (1024 * 1024)

void download_done(Download *d) {
        fd_close(d->pipe);
        free(d->why);
        *d = DOWNLOAD_NULL;
}

static int ask(Download *d, Session *session, Part *part, const char *verb, const char *what,
               uint64_t size) {
        char size_text[24], offset_text[24];
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        _cleanup_close_ int in = fds[0], out = fds[1];

        /* As much as we may: fewer turns for both sides. Only our end must not wait. */
        (void) fcntl(in, F_SETPIPE_SZ, PIPE_SIZE);
        if (fcntl(in, F_SETFL, O_NONBLOCK) < 0)
                return -errno;

        (void) snprintf(size_text, sizeof(size_text), "%" PRIu64, size);
        (void) snprintf(offset_text, sizeof(offset_text), "%" PRIu64, part->size);
        char *request[] = { (char *) verb,
                            (char *) what,
                            size_text,
                            offset_text,
                            part->validator ? part->validator : (char *) "",
                            NULL };
        int r = session_ask(session, request, out);
        if (r < 0)
                return r;

        *d = (Download) { .session = session, .part = part, .limit = size, .pipe = TAKE_FD(in) };
        return 0;
}

int download_blob(Download *d, Session *session, Part *part, const Digest *digest, uint64_t size) {
        char text[DIGEST_TEXT_MAX];

        digest_format(digest, text);
        return ask(d, session, part, "blob", text, size);
}

int download_url(Download *d, Session *session, Part *part, const char *url, uint64_t limit) {
        /* Nothing but the server's word says that what is there belongs to what will come. */
        int r = part->validator ? 0 : part_begin(part, 0, NULL);
        return r < 0 ? r : ask(d, session, part, "get", url, limit);
}

size_t download_poll(const Download *d, struct pollfd *ret) {
        size_t n = 0;

        if (!d->session)
                return 0;
        if (!d->answered)
                ret[n++] = (struct pollfd) { .fd = session_fd(d->session), .events = POLLIN };
        if (d->pipe >= 0 && (d->begun || d->answered))
                ret[n++] = (struct pollfd) { .fd = d->pipe, .events = POLLIN };

        return n;
}

/* It goes on where the part ends, or all over again. */
static int begin(Download *d, char *const *words) {
        uint64_t offset;

        if (d->begun || str_to_u64(words[1], &offset) < 0 || (offset != 0 && offset != d->part->size))
                return -EPROTO;

        d->begun = true;
        d->resumed = offset > 0;
        return part_begin(d->part, offset, words[2][0] != '\0' ? words[2] : NULL);
}

static int take_answer(Download *d) {
        _cleanup_session_answer_ SessionAnswer a = {};

        int r = session_answer(d->session, &a);
        if (r == -EPIPE) {
                r = str_copy("registry-client has died", &d->why);
                return r < 0 ? r : -EPROTO;
        }
        if (r < 0)
                return r;

        switch (a.kind) {
        case SESSION_NOTE: log_info("%s", a.why); return 0;
        case SESSION_BEGIN: return begin(d, a.words);
        case SESSION_FILE: return -EPROTO;
        case SESSION_DONE: break;
        case SESSION_FAILED:
                d->error = a.error;
                r = a.why[0] != '\0' ? str_copy(a.why, &d->why) : 0;
                if (r < 0)
                        return r;
        }

        d->answered = true;
        return 0;
}

/* At most one pipe's worth, then others have their turn. */
static int take_bytes(Download *d) {
        static char chunk[CHUNK_SIZE];

        for (size_t taken = 0; taken < PIPE_SIZE;) {
                ssize_t n = read(d->pipe, chunk, sizeof(chunk));
                if (n < 0)
                        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
                if (n == 0) {
                        d->pipe = fd_close(d->pipe);
                        return 0;
                }
                if (!d->begun)
                        return -EPROTO;
                if (d->part->size > d->limit || (uint64_t) n > d->limit - d->part->size)
                        return -EFBIG; /* registry-client was told how many there are */

                int r = part_append(d->part, chunk, n);
                if (r < 0)
                        return r;
                taken += n;
        }

        return 0;
}

int download_advance(Download *d) {
        int r = 0;

        /* One word at a time: what comes in the pipe comes after the word that says where it begins. */
        if (!d->answered && fd_is_readable(session_fd(d->session)))
                r = take_answer(d);
        if (r >= 0 && d->pipe >= 0 && (d->begun || d->answered))
                r = take_bytes(d);
        if (r < 0 || !d->answered || d->pipe >= 0)
                return r;

        d->session = NULL;
        return d->error < 0 ? d->error : 1;
}
