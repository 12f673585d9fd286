/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what is asked of a URL: where it leads and whether that is this machine.
 * Never: opens a connection.
 * Follows: RFC 3986, as libcurl reads it, so that we judge the very host it will connect to. */

#include <curl/curl.h>
#include <strings.h>

#include "basic/str.h"
#include "image/host.h"
#include "registry-client/url.h"

static void curl_url_cleanupp(CURLU **u) {
        curl_url_cleanup(*u);
}
#define _cleanup_curlu_ _cleanup_(curl_url_cleanupp)

void url_done(Url *u) {
        free(u->text);
        free(u->authority);
        free(u->origin);
        *u = (Url) {};
}

static int from_curl(CURLUcode code) {
        return code == CURLUE_OK ? 0 : code == CURLUE_OUT_OF_MEMORY ? -ENOMEM : -EINVAL;
}

static int set_part(CURLU *handle, CURLUPart part, const char *value, unsigned flags) {
        return from_curl(curl_url_set(handle, part, value, flags));
}

static int get_part(CURLU *handle, CURLUPart part, unsigned flags, char **ret) {
        char *value = NULL;

        int r = from_curl(curl_url_get(handle, part, &value, flags));
        if (r >= 0)
                r = str_copy(value, ret);
        curl_free(value);
        return r;
}

/* libcurl has decoded it: %1b would get into messages, and what is asked would not be what was judged. The
 * authority also becomes a file name below certs.d. Not only hostnames: redirections lead to some with "_". */
static bool host_is_plain(const char *host) {
        return in_charset(host, LOWERCASE UPPERCASE DIGITS ".-_:[]") && host[0] != '.';
}

/* A default port that is spelt out leads to the same place, but people see and write "registry:443" and
 * "registry" as different names: the authority keeps what was written, the origin is complete. */
static int name_places(CURLU *handle, const char *host, Url *u) {
        _cleanup_free_ char *port = NULL;
        char *written = NULL;

        int r = get_part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT, &port);
        if (r < 0)
                return r;

        (void) curl_url_get(handle, CURLUPART_PORT, &written, 0);
        r = str_printf(&u->authority, "%s%s%s", host, written ? ":" : "", written ? written : "");
        curl_free(written);

        return r < 0 ? r : str_printf(&u->origin, "%s://%s:%s", u->https ? "https" : "http", host, port);
}

static int fill(CURLU *handle, Url *ret) {
        _cleanup_url_ Url u = {};
        _cleanup_free_ char *scheme = NULL, *host = NULL;

        int r = set_part(handle, CURLUPART_FRAGMENT, NULL, 0);
        if (r >= 0)
                r = get_part(handle, CURLUPART_URL, 0, &u.text);
        if (r >= 0)
                r = get_part(handle, CURLUPART_SCHEME, 0, &scheme);
        if (r >= 0)
                r = get_part(handle, CURLUPART_HOST, 0, &host);
        if (r < 0)
                return r;
        if (!streq(scheme, "https") && !streq(scheme, "http"))
                return -EINVAL;
        if (!host_is_plain(host))
                return -EINVAL;

        u.https = streq(scheme, "https");
        u.loopback = host_is_loopback(host);
        r = name_places(handle, host, &u);
        if (r < 0)
                return r;

        *ret = u;
        u = (Url) {};
        return 0;
}

static bool printable(const char *s) {
        for (; *s; s++)
                if (*s <= ' ' || *s > '~')
                        return false;

        return true;
}

int url_parse(const char *text, const Url *base, Url *ret) {
        if (!printable(text))
                return -EINVAL;

        _cleanup_curlu_ CURLU *handle = curl_url();
        if (!handle)
                return -ENOMEM;

        int r = base ? set_part(handle, CURLUPART_URL, base->text, 0) : 0;
        if (r >= 0)
                r = set_part(handle, CURLUPART_URL, text, CURLU_DISALLOW_USER);
        if (r < 0)
                return r;

        return fill(handle, ret);
}

int url_add_query(Url *u, const char *name, const char *value) {
        _cleanup_free_ char *pair = NULL;

        _cleanup_curlu_ CURLU *handle = curl_url();
        if (!handle)
                return -ENOMEM;

        int r = str_printf(&pair, "%s=%s", name, value);
        if (r >= 0)
                r = set_part(handle, CURLUPART_URL, u->text, 0);
        if (r >= 0)
                r = set_part(handle, CURLUPART_QUERY, pair, CURLU_APPENDQUERY | CURLU_URLENCODE);
        if (r < 0)
                return r;

        _cleanup_url_ Url longer = {};
        r = fill(handle, &longer);
        if (r < 0)
                return r;

        url_done(u);
        *u = longer;
        longer = (Url) {};
        return 0;
}

bool url_same_origin(const Url *a, const Url *b) {
        return strcasecmp(a->origin, b->origin) == 0;
}
