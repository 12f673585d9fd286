/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: finding and getting the keys that the owner of a name publishes.
 * Never: talks to the network itself; looks at a key.
 * Follows: https://github.com/appc/spec/blob/v0.8.11/spec/discovery.md. */

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "registry/lookup.h"
#include "registry/session.h"
#include "trust-tool/key-discovery.h"
#include "trust/key.h"

static void note(const char *text) {
        log_info("%s", text);
}

static const SessionHooks hooks = { .note = note };

/* With the login for the host that `place` begins with, and for no other. */
static int connect_to(const char *place, const TrustArguments *a, Session **ret, char **reterr_why) {
        _cleanup_free_ char *host = strndup(place, strcspn(place, "/?#"));
        _cleanup_access_ Access access = {};
        FetchLimits limits;

        int r = host ? fetch_limits_load(&limits, reterr_why) : -ENOMEM;
        if (r >= 0)
                r = access_for_host(host, a->agent, &limits, a->allow_http, &access, reterr_why);
        if (r < 0)
                return r;

        /* What Insecure=yes allows is for images, whose signatures are checked: the keys for that come from
         * here. */
        access.endpoints[0].plain_http = a->allow_http;
        return session_open(&access, ret, reterr_why);
}

static const char *without_scheme(const char *url, bool allow_http) {
        const char *rest = startswith(url, "https://");
        return !rest && allow_http ? startswith(url, "http://") : rest;
}

/* registry-client has read what a stranger wrote. */
static int check_urls(char *const *urls, bool allow_http) {
        STRV_FOREACH(url, urls) {
                for (const char *p = *url; *p; p++)
                        if (*p <= ' ' || *p > '~')
                                return -EPROTO;
                if (!without_scheme(*url, allow_http))
                        return -EPROTO;
        }

        return 0;
}

int keys_discover(const TrustArguments *a, const char *name, char ***ret_urls) {
        char *request[] = { (char *) "discover", (char *) "keys", (char *) name, (char *) "", NULL };
        _cleanup_session_ Session *session = NULL;
        _cleanup_strv_ char **urls = NULL;
        _cleanup_free_ char *why = NULL;

        int r = connect_to(name, a, &session, &why);
        if (r >= 0)
                r = session_call(session, request, -EBADF, &hooks, &urls, &why);
        if (r >= 0)
                r = check_urls(urls, a->allow_http);
        if (r < 0)
                return log_error_errno(r, "Cannot find keys for '%s': %s", name,
                                       why ? why : user_strerror(r));

        *ret_urls = TAKE_PTR(urls);
        return 0;
}

static int download(const TrustArguments *a, const char *url, Blob *ret, char **reterr_why) {
        _cleanup_session_ Session *session = NULL;

        int r = connect_to(without_scheme(url, a->allow_http), a, &session, reterr_why);
        return r < 0 ? r : session_get(session, url, TRUST_KEY_SIZE_MAX, &hooks, ret, reterr_why);
}

int key_download(const TrustArguments *a, const char *url, Blob *ret) {
        _cleanup_free_ char *why = NULL;

        int r = download(a, url, ret, &why);
        return r < 0 ? log_error_errno(r, "Cannot fetch key file '%s': %s", url,
                                       why ? why : user_strerror(r))
                     : 0;
}
