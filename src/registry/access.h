/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/macro.h"

typedef enum EndpointUse {
        ENDPOINT_ALL,
        ENDPOINT_DIGEST, /* for what is asked by its digest only: a mirror that may be behind */
        ENDPOINT_TAG,    /* for what is asked by its tag only */
} EndpointUse;

/* One place that may be asked, and with what. Absent strings are NULL. */
typedef struct Endpoint {
        char *host;       /* "registry-1.docker.io", "mirror.example:5000" */
        char *repository; /* "library/busybox"; NULL: the access is to a host, not to one repository */
        uint64_t use;     /* EndpointUse */
        bool plain_http;  /* may be asked by http if it does not speak TLS */
        char *user, *password, *identity_token;
        char *authorities; /* PEM: believed for this host besides the system's */
        char *certificate; /* PEM, ours, with */
        char *key;         /* PEM, its private key */
} Endpoint;

/* Where signatures of an image are besides: NAME@sha256=HEX/signature-1 and so on, below a URL. */
typedef struct Lookaside {
        char *url;        /* as lookaside_parse() gave it; NULL: there is none */
        char *repository; /* NAME: "library/busybox" */
        Endpoint host;    /* .host is NULL if it is a directory, whose files the caller gives */
} Lookaside;

/* How much registry-client puts up with (fetch.conf). */
typedef struct ClientLimits {
        uint64_t document_max;      /* bytes of a manifest or index */
        uint64_t index_entries_max; /* manifests in an index */
        uint64_t headers_max;       /* bytes of the headers of an answer */
        uint64_t redirects_max;
        uint64_t timeout; /* seconds to connect, and for the next byte to come */
        uint64_t retries; /* further attempts after the first, of one request */
} ClientLimits;

/* All that registry-client has to know, handed to it by a file that nobody else can open: it holds
 * secrets. */
typedef struct Access {
        Endpoint *endpoints; /* in the order in which they are to be asked */
        size_t n_endpoints;
        Lookaside lookaside;
        ClientLimits limits;
} Access;

void access_done(Access *a); /* wipes the secrets, too */
#define _cleanup_access_ _cleanup_(access_done)

/* Its form on the way to registry-client. -EBADMSG and *reterr_why (may be NULL) if it is none. */
int access_format(const Access *a, Blob *ret);
int access_parse(const void *data, size_t size, Access *ret, char **reterr_why);
