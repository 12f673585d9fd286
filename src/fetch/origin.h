/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "fetch/files.h"
#include "image/reference.h"
#include "registry/access.h"
#include "registry/limits.h"
#include "registry/session.h"

/* What an image comes from, and the ways to get at it. */
typedef struct Origin {
        char *text;                 /* the reference, canonical */
        const Reference *reference; /* borrowed */
        const FetchLimits *limits;  /* borrowed */
        Access access;              /* of what comes from the network */
        Files files;                /* of what does not; else of a lookaside */
        char **members;             /* of a docker archive: the files the image is made of, config first */
        Session *session;           /* the first one; made when it is needed */
} Origin;

#define ORIGIN_NULL                                                                                         \
        (Origin) {                                                                                          \
                .files = FILES_NULL                                                                         \
        }

void origin_done(Origin *o);
#define _cleanup_origin_ _cleanup_(origin_done)

/* Whether it has to be asked for over the network. */
static inline bool origin_is_remote(const Origin *o) {
        return o->reference->kind == REFERENCE_REGISTRY;
}

/* A session of one's own, for whoever works at the same time. A half sentence in *reterr_why. */
int origin_connect(const Origin *o, Session **ret, char **reterr_why);

/* Asks the first session, serves it with files meanwhile, and waits for the end. 0 or what it failed with; a
 * half sentence in *reterr_why. Does not log, but for what the session has to note. */
int origin_call(Origin *o, char *const *request, int fd, char **reterr_why);

/* The whole of a small blob, checked against its digest. `what` ("config") is for messages. Logs. */
int origin_document(Origin *o, const char *what, const Digest *digest, uint64_t size, Blob *ret);
