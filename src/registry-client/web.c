/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: App Container discovery, and getting what is behind a URL.
 * Never: speaks plain http unless that was asked for; shows a login to another host.
 * Follows: https://github.com/appc/spec/blob/v0.8.11/spec/discovery.md. */

#include <string.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "image/appc-discovery.h"
#include "registry-client/web.h"

#define PAGE_MAX (1024U * 1024U)

/* What we were told about one host; NULL if nothing. */
static const Endpoint *known_host(const Net *net) {
        return net->access->n_endpoints > 0 ? &net->access->endpoints[0] : NULL;
}

static bool may_be_plain(const Endpoint *known, const Url *url) {
        return url->loopback || (known && known->plain_http);
}

/* With the login that we have, if it is for that host. */
static Endpoint endpoint_of(const Endpoint *known, const char *host) {
        if (known && strcasecmp(known->host, host) == 0)
                return *known;

        return (Endpoint) { .host = (char *) host, .plain_http = known && known->plain_http };
}

static int judge(const HttpResponse *answer, char **reterr_why) {
        static const struct {
                int status, error;
        } known[] = { { 202, -EINPROGRESS }, { 401, -EACCES }, { 403, -EACCES }, { 404, -ENOENT } };
        int error = -EPROTO;

        if (answer->status == 200 || answer->status == 206)
                return 0;

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (answer->status == known[i].status)
                        error = known[i].error;
        int r = answer->status == 401
                                ? str_printf(reterr_why,
                                             "401 from %s: no credentials that it accepts; try gantry login %s",
                                             answer->from, answer->from)
                                : str_printf(reterr_why, "%d from %s", answer->status, answer->from);
        return r < 0 ? r : error;
}

static int get(const Net *net, const Endpoint *known, const char *text, HttpRequest *q, Blob *ret,
               char **reterr_why) {
        _cleanup_http_response_ HttpResponse answer = {};
        _cleanup_(place_done) Place place = {};
        _cleanup_free_ char *why = NULL;
        _cleanup_url_ Url url = {};

        int r = url_parse(text, /* base= */ NULL, &url);
        if (r == -EINVAL || (r >= 0 && !url.https && !may_be_plain(known, &url))) {
                r = str_copy(r < 0 ? "not an http URL" : "plain http is not allowed; use --allow-http",
                             reterr_why);
                return r < 0 ? r : -EINVAL;
        }
        if (r < 0)
                return r;

        Endpoint endpoint = endpoint_of(known, url.authority);
        r = place_new(&endpoint, &place, reterr_why);
        if (r < 0)
                return r;

        r = place_request(&place, net, q, text, /* scope= */ NULL, &answer, &why);
        if (r >= 0)
                r = judge(&answer, &why);
        if (r < 0 && reterr_why)
                *reterr_why = TAKE_PTR(why);
        if (r >= 0 && ret)
                *ret = TAKE_BLOB(answer.body);

        return r;
}

int web_get(const Net *net, const char *url, uint64_t limit, Stream *stream, char **reterr_why) {
        HttpRequest q = { .limit = limit };
        HttpSink sink;

        stream_attach(stream, &q, &sink);
        return get(net, known_host(net), url, &q, /* ret= */ NULL, reterr_why);
}

int web_get_document(const Net *net, const Endpoint *host, const char *url, uint64_t limit, Blob *ret,
                     char **reterr_why) {
        HttpRequest q = { .limit = limit };
        return get(net, host, url, &q, ret, reterr_why);
}

/* 1 and what the page says; 0 if there is no page, or one that says nothing. */
static int read_page(const Net *net, const char *name, AppcDiscovery *ret, char **reterr_why) {
        _cleanup_http_response_ HttpResponse answer = {};
        _cleanup_appc_discovery_ AppcDiscovery found = {};
        _cleanup_free_ char *host = strndup(name, strcspn(name, "/")), *path = NULL;
        _cleanup_(place_done) Place place = {};

        if (!host)
                return -ENOMEM;

        Endpoint endpoint = endpoint_of(known_host(net), host);
        int r = place_new(&endpoint, &place, reterr_why);
        if (r >= 0)
                r = str_printf(&path, "/%s?ac-discovery=1",
                               name[strlen(host)] == '/' ? name + strlen(host) + 1 : "");
        if (r < 0)
                return r;

        HttpRequest q = { .accept = "text/html", .limit = PAGE_MAX };
        r = place_request(&place, net, &q, path, /* scope= */ NULL, &answer, reterr_why);
        if (r < 0)
                return r;
        if (answer.status == 401 || answer.status >= 500)
                return judge(&answer, reterr_why);
        if (answer.status != 200)
                return 0;

        r = appc_discovery_parse(answer.body.data, answer.body.size, &found);
        if (r < 0)
                return r;

        *ret = found;
        found = (AppcDiscovery) {};
        return 1;
}

/* http only where it is allowed; other schemes are not ours. */
static bool is_usable(const Net *net, const char *text) {
        _cleanup_url_ Url url = {};

        return url_parse(text, /* base= */ NULL, &url) >= 0 &&
               (url.https || may_be_plain(known_host(net), &url));
}

/* 1 if the page had something for us. */
static int add_image(const Net *net, const Wanted *wanted, const char *template, char ***result) {
        _cleanup_free_ char *image = NULL, *signature = NULL;

        int r = appc_template_render(template, wanted->name, wanted->version, &wanted->labels, "aci",
                                     &image);
        if (r > 0)
                r = appc_template_render(template, wanted->name, wanted->version, &wanted->labels, "aci.asc",
                                         &signature);
        if (r <= 0)
                return r;
        if (!is_usable(net, image) || !is_usable(net, signature))
                return 1;

        r = strv_add(result, image);
        if (r >= 0)
                r = strv_add(result, signature);
        return r < 0 ? r : 1;
}

static int add_key(const Net *net, const char *url, char ***result) {
        int r = is_usable(net, url) ? strv_add(result, url) : 0;
        return r < 0 ? r : 1;
}

/* 1 if there was something, be it of use or not. */
static int collect(const Net *net, const Wanted *wanted, const AppcDiscovery *found, char ***result) {
        const Pairs *tags = wanted->keys ? &found->pubkeys : &found->endpoints;
        int any = 0;

        for (size_t i = 0; i < tags->n; i++) {
                const Pair *tag = &tags->items[i];
                if (!appc_discovery_matches(tag->name, wanted->name))
                        continue;

                int r = wanted->keys ? add_key(net, tag->value, result)
                                     : add_image(net, wanted, tag->value, result);
                if (r < 0)
                        return r;
                any = any || r > 0;
        }

        return any;
}

int web_discover(const Net *net, const Wanted *wanted, char ***ret, char **reterr_why) {
        _cleanup_free_ char *name = strdup(wanted->name);
        _cleanup_strv_ char **result = NULL;
        int any = 0, r;

        if (!name)
                return -ENOMEM;

        do {
                _cleanup_appc_discovery_ AppcDiscovery found = {};

                r = read_page(net, name, &found, reterr_why);
                if (r < 0)
                        return r;

                /* A page that has tags is the one, whether or not they help. */
                if ((wanted->keys ? found.pubkeys.n : found.endpoints.n) > 0) {
                        any = collect(net, wanted, &found, &result);
                        if (any < 0)
                                return any;
                        break;
                }
        } while (appc_discovery_to_parent(name));
        if (!result) {
                r = str_printf(reterr_why,
                               any ? "'%s' can be had over plain http only; use --allow-http if that will do"
                                   : "no page of '%s' says where that is",
                               wanted->name);
                return r < 0 ? r : -ENOENT;
        }

        *ret = TAKE_PTR(result);
        return 0;
}
