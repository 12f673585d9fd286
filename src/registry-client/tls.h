/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <curl/curl.h>

#include "basic/macro.h"
#include "registry-client/url.h"
#include "registry/access.h"

/* A file in memory with certificates or a key. */
typedef struct Pem {
        int fd;
        char path[32];
} Pem;

/* What a request over https believes and shows; has to stay as long as the request lasts. */
typedef struct Tls {
        Pem authorities, certificate, key;
} Tls;

#define TLS_NULL                                                                                            \
        (Tls) {                                                                                             \
                { .fd = -EBADF }, { .fd = -EBADF }, {                                                       \
                        .fd = -EBADF                                                                        \
                }                                                                                           \
        }

/* Sets the authorities that the administrator has named for this very host, in addition to the system's. `e`
 * is the endpoint that was meant, if the host is that: it is shown its certificate. */
int tls_set(CURL *curl, const Url *url, const Endpoint *e, Tls *ret, char **reterr_why);
void tls_done(Tls *t);
#define _cleanup_tls_ _cleanup_(tls_done)
