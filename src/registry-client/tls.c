/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: whose certificates count for a host, and which of ours it is shown.
 * Never: shows one to a host that it is not for.
 * Follows: gantry-registries.d(5) ("certs.d"). */

#include <string.h>

#include "basic/fd.h"
#include "registry-client/tls.h"
#include "registry/certificates.h"

/* libcurl takes certificates from files, and some of these are in files that only whoever gave them to us may
 * read. So this becomes a file, and the option its path; NULL is not set. */
static int set_pem(CURL *curl, CURLoption option, const char *text, int *ret_fd) {
        if (!text)
                return 0;

        int fd = memory_file("pem", text, strlen(text));
        if (fd < 0)
                return fd;

        *ret_fd = fd;
        return curl_easy_setopt(curl, option, fd_path(*ret_fd).text) == CURLE_OK ? 0 : -ENOMEM;
}

void tls_done(Tls *t) {
        fd_close(t->authorities_fd);
        fd_close(t->certificate_fd);
        fd_close(t->key_fd);
}

int tls_set(CURL *curl, const Url *url, const Endpoint *e, Tls *ret, char **reterr_why) {
        _cleanup_free_ char *authorities = NULL;

        if (!url->https)
                return 0;

        /* The same path means another file each time, so nothing may be remembered by it. */
        if (curl_easy_setopt(curl, CURLOPT_CA_CACHE_TIMEOUT, 0L) == CURLE_OUT_OF_MEMORY)
                return -ENOMEM;

        int r = e ? 0 : certificates_authorities(url->authority, &authorities, reterr_why);
        if (r >= 0)
                r = set_pem(curl, CURLOPT_CAINFO, e ? e->authorities : authorities, &ret->authorities_fd);
        if (r >= 0 && e)
                r = set_pem(curl, CURLOPT_SSLCERT, e->certificate, &ret->certificate_fd);
        if (r >= 0 && e)
                r = set_pem(curl, CURLOPT_SSLKEY, e->key, &ret->key_fd);

        return r;
}
