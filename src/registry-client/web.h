/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/pairs.h"
#include "registry-client/place.h"
#include "registry-client/stream.h"

/* What is asked of servers that are no registries. `net` has access to one host: its login, and whether plain
 * http will do. */

/* The bytes behind a URL, `limit` at most, from where the stream is. -ENOENT; -EINPROGRESS: not there yet
 * (202). */
int web_get(const Net *net, const char *url, uint64_t limit, Stream *stream, char **reterr_why);

/* The same into memory. `host` is what is known of its host. */
int web_get_document(const Net *net, const Endpoint *host, const char *url, uint64_t limit, Blob *ret,
                     char **reterr_why);

typedef struct Wanted {
        const char *name, *version; /* version: NULL if none is asked for */
        Pairs labels;               /* "os" and "arch" among them */
        bool keys;                  /* where its keys are, not the image */
} Wanted;

/* App Container discovery: the URLs of the image and of its signature, in turn, or of keys; a strv of one or
 * more. -ENOENT if nobody knows. */
int web_discover(const Net *net, const Wanted *wanted, char ***ret, char **reterr_why);
