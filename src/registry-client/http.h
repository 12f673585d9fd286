/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/macro.h"
#include "registry-client/url.h"

/* A client: keeps its connections open between requests. */
typedef struct Http Http;

int http_new(Http **ret);
Http *http_free(Http *h);
DEFINE_CLEANUP(Http, http_free)

typedef struct HttpRequest {
        const Url *url;
        const char *accept; /* NULL: anything */
        const char *bearer; /* a token, sent to the origin of `url` and to nobody else; or NULL */
        uint64_t limit;     /* a longer body is an error, found out as early as can be */
        bool exact;         /* so is a shorter one */
        int fd;             /* where the body goes if the status is 200; -EBADF: into HttpResponse.body */
} HttpRequest;

typedef struct HttpResponse {
        int status;
        char *from;      /* the host that gave this answer */
        char *challenge; /* WWW-Authenticate, NULL if there is none */
        Blob body;
} HttpResponse;

void http_response_done(HttpResponse *r);
#define _cleanup_http_response_ _cleanup_(http_response_done)

/* GET, redirects followed. Any status is success; what is not, with a half sentence in *reterr_why:
 * -EPROTONOSUPPORT (the peer does not speak TLS), -EFBIG, -EPIPE (nobody reads `fd` any more; no text),
 * -ETIMEDOUT, -EPROTO, -EIO. */
int http_get(Http *h, const HttpRequest *request, HttpResponse *ret, char **reterr_why);
