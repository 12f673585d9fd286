/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <curl/curl.h>

#include "basic/macro.h"
#include "registry-client/url.h"
#include "registry/access.h"

/* What a request over https believes and shows, as files in memory; has to stay as long as the request lasts. */
typedef struct Tls {
        int authorities_fd, certificate_fd, key_fd;
} Tls;

#define TLS_NULL                                                                                            \
        (Tls) {                                                                                             \
                -EBADF, -EBADF, -EBADF                                                                      \
        }

/* Sets the authorities that the administrator has named for this very host, in addition to the system's. `e`
 * is the endpoint that was meant, if the host is that: it is shown its certificate. */
int tls_set(CURL *curl, const Url *url, const Endpoint *e, Tls *ret, char **reterr_why);
void tls_done(Tls *t);
#define _cleanup_tls_ _cleanup_(tls_done)
