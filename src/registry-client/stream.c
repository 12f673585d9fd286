/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: putting together one body from what several answers give.
 * Never: mixes two versions of something that has no digest.
 * Follows: RFC 9110, 13.1.5 (If-Range). */

#include "basic/fd.h"
#include "basic/str.h"
#include "registry-client/stream.h"

void stream_done(Stream *s) {
        free(s->validator);
        s->validator = NULL;
}

static void update_request(Stream *s) {
        s->request->offset = s->position;
        s->request->validator = s->validator;
}

/* A part of what the caller has the beginning of need not say again which version it is. */
static int begin_first(Stream *s, uint64_t offset, const char *validator) {
        _cleanup_free_ char *now = NULL;

        int r = str_copy(validator || offset == 0 ? validator : s->validator, &now);
        if (r >= 0)
                r = caller_begin(s->caller, offset, now);
        if (r < 0)
                return r;

        stream_done(s);
        s->validator = TAKE_PTR(now);

        s->begun = true;
        s->position = offset;
        update_request(s);
        return 0;
}

/* Is what comes now another version of what the caller has the beginning of? Without validators only the
 * server's word for a range says that it is not; what has a digest is good as long as that is not known. */
static bool has_changed(const Stream *s, uint64_t offset, const char *validator) {
        if (s->validator && validator)
                return !streq(s->validator, validator);

        return !s->fixed && offset != s->position;
}

/* Later on the caller has bytes already, which cannot be taken back. */
static int begin(void *userdata, uint64_t offset, const char *validator, char **reterr_why) {
        Stream *s = userdata;

        s->skip = 0;
        bool any_will_do = !s->begun && (s->fixed || offset == 0);
        if (!any_will_do && has_changed(s, offset, validator)) {
                int r = str_copy("it changed while it was downloaded", reterr_why);
                return r < 0 ? r : -ESTALE;
        }
        if (!s->begun)
                return begin_first(s, offset, validator);

        s->skip = s->position - offset;
        return 0;
}

/* Everybody has the same of what has a digest, but calls it as they like. */
static void elsewhere(void *userdata) {
        Stream *s = userdata;

        if (s->fixed)
                stream_done(s);
        update_request(s);
}

static int write_on(void *userdata, const void *data, size_t size) {
        Stream *s = userdata;
        size_t passed = MIN(size, s->skip);

        s->skip -= passed;
        int r = fd_write_full(s->fd, (const char *) data + passed, size - passed);
        if (r < 0)
                return r;

        s->position += size - passed;
        update_request(s);
        return 0;
}

/* What was kept is longer than what the server has, or all of it, or of another version. */
static bool restart(void *userdata) {
        Stream *s = userdata;

        if (s->begun || s->position == 0)
                return false;

        stream_done(s);
        s->position = 0;
        update_request(s);
        return true;
}

void stream_attach(Stream *s, HttpRequest *q, HttpSink *sink) {
        *sink = (HttpSink) {
                .begin = begin,
                .write = write_on,
                .elsewhere = elsewhere,
                .restart = restart,
                .userdata = s,
        };
        q->sink = sink;
        s->request = q;
        update_request(s);
}
