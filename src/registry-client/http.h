/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/macro.h"
#include "registry-client/caller.h"
#include "registry-client/url.h"
#include "registry/access.h"

/* A client: keeps its connections open between requests. */
typedef struct Http Http;

/* A request ends with -EPIPE when the caller has gone. */
int http_new(const Caller *caller, const ClientLimits *limits, Http **ret);
Http *http_free(Http *h);
DEFINE_CLEANUP(Http, http_free)

/* Where a body goes that is not kept in memory. The first two return 0 or -errno, with which the
 * request then fails. */
typedef struct HttpSink {
        /* The answer is good, and its first byte is the one at `offset`: what was asked for, or 0 if the
         * server sends the whole. `validator` may be NULL. */
        int (*begin)(void *userdata, uint64_t offset, const char *validator, char **reterr_why);
        int (*write)(void *userdata, const void *data, size_t size);
        void (*elsewhere)(void *userdata); /* another server will be asked for the same */
        bool (*restart)(void *userdata);   /* from 0, if that can still be */
        void *userdata;
} HttpSink;

typedef struct HttpRequest {
        const Url *url;
        const char *accept;        /* NULL: anything */
        const char *authorization; /* sent to the origin of `url` and to nobody else; or NULL */
        const Endpoint *identity;  /* whose certificate is shown to that origin; or NULL */
        const char *if_none_match;
        const char *form;      /* NULL: GET; else what is POSTed, application/x-www-form-urlencoded */
        uint64_t limit;        /* a longer body is an error, found out as early as can be */
        bool exact;            /* so is a shorter one */
        uint64_t offset;       /* the bytes before are not needed */
        const char *validator; /* of the bytes we have, see HttpSink.begin(); or NULL */
        const HttpSink *sink;  /* where the body goes if the status is 200 or 206; NULL: into
                                  HttpResponse.body */
} HttpRequest;

typedef struct HttpResponse {
        int status;
        char *from;          /* the host that gave this answer */
        char *challenge;     /* WWW-Authenticate, NULL if there is none */
        char *link;          /* Link, the same */
        bool has_signatures; /* X-Registry-Supports-Signatures, from the origin itself */
        int64_t retry_after; /* seconds; -1: not said */
        Blob body;
} HttpResponse;

void http_response_done(HttpResponse *r);
#define _cleanup_http_response_ _cleanup_(http_response_done)

/* One request, redirects followed. Any status is success; what is not, with a half sentence in *reterr_why:
 * -EPROTONOSUPPORT (the peer does not speak TLS), -ECONNREFUSED (nobody there), -ECONNRESET (cut off in the
 * middle), -ETIMEDOUT, -EFBIG, -EPROTO, -EIO, and what a sink returned. */
int http_perform(Http *h, const HttpRequest *request, HttpResponse *ret, char **reterr_why);
