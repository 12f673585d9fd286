/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way from a challenge to a token.
 * Never: lets a token into a message; sends anything secret.
 * Follows: https://distribution.github.io/distribution/spec/auth/token/. */

#include <string.h>

#include "basic/base64.h"
#include "basic/str.h"
#include "image/host.h"
#include "image/json.h"
#include "registry-client/token.h"

#define ANSWER_MAX 65536U

static int refuse(char **reterr_why, const char *what, const char *from) {
        int r = reterr_why ? str_printf(reterr_why, "%s %s", what, from) : 0;
        return r < 0 ? r : -EPROTO;
}

int basic_authorization(const Endpoint *e, char **ret) {
        _cleanup_secret_ char *plain = NULL, *encoded = NULL;

        int r = str_printf(&plain, "%s:%s", e->user, e->password);
        if (r >= 0)
                r = base64_encode(cursor_of(plain, strlen(plain)), &encoded);
        if (r >= 0)
                r = str_printf(ret, "Basic %s", encoded);

        return r;
}

static int realm_url(const Url *registry, const Challenge *c, Url *ret, char **reterr_why) {
        _cleanup_url_ Url url = {};

        int r = c->realm ? url_parse(c->realm, /* base= */ NULL, &url) : -EINVAL;
        if (r == -EINVAL)
                return refuse(reterr_why, "no usable realm for a token from", registry->authority);
        if (r < 0)
                return r;
        if (!url.https && !url_same_origin(&url, registry) && (registry->https || !url.loopback))
                return refuse(reterr_why, "a token would have to come over plain http from", url.authority);

        *ret = url;
        url = (Url) {};
        return 0;
}

static int add_parameters(Url *url, const Challenge *c, const char *scope) {
        const char *wanted = c->scope ? c->scope : scope;

        int r = c->service ? url_add_query(url, "service", c->service) : 0;
        return r < 0 || !wanted ? r : url_add_query(url, "scope", wanted);
}

/* What OAuth2 wants POSTed: the query of a URL that nobody asks for. */
static int make_form(const Endpoint *e, const Challenge *c, const char *scope, char **ret) {
        _cleanup_url_ Url url = {};

        int r = url_parse("https://localhost/", /* base= */ NULL, &url);
        if (r >= 0)
                r = url_add_query(&url, "grant_type", "refresh_token");
        if (r >= 0)
                r = url_add_query(&url, "client_id", "gantry");
        if (r >= 0)
                r = add_parameters(&url, c, scope);
        if (r >= 0)
                r = url_add_query(&url, "refresh_token", e->identity_token);
        if (r >= 0)
                r = str_copy(strchr(url.text, '?') + 1, ret);
        if (url.text)
                explicit_bzero(url.text, strlen(url.text));

        return r;
}

/* What RFC 6750 allows, so that it cannot end the header it is put in. */
static bool token_is_valid(const char *token) {
        return token && in_charset(token, DIGITS LOWERCASE UPPERCASE "-._~+/=");
}

static int read_answer(const HttpResponse *answer, const Endpoint *e, char **ret, char **reterr_why) {
        _cleanup_json_ Json *json = NULL;

        if (answer->status != 200) {
                bool login = answer->status == 401;
                int r = reterr_why ? str_printf(reterr_why, "%d from %s, asked for a token%s%s",
                                                answer->status, answer->from,
                                                login ? "; try gantry login " : "",
                                                login ? host_canonical(e->host) : "")
                                   : 0;
                return r < 0 ? r : -EACCES;
        }

        int r = json_parse(answer->body.data, answer->body.size, &json, /* reterr_why= */ NULL);
        if (r == -ENOMEM)
                return r;

        const char *token = r < 0 ? NULL : json_get_text(json, "token");
        if (r >= 0 && !token)
                token = json_get_text(json, "access_token");
        if (!token_is_valid(token))
                return refuse(reterr_why, "no usable token in the answer of", answer->from);

        return str_copy(token, ret);
}

int token_get(Http *h, const Url *registry, const Endpoint *e, const char *scope, const Challenge *challenge,
              char **ret, char **reterr_why) {
        _cleanup_http_response_ HttpResponse answer = {};
        _cleanup_secret_ char *form = NULL, *basic = NULL;
        _cleanup_url_ Url url = {};

        int r = realm_url(registry, challenge, &url, reterr_why);
        if (r >= 0)
                r = e->identity_token ? make_form(e, challenge, scope, &form)
                                      : add_parameters(&url, challenge, scope);
        if (r >= 0 && !form && e->user && e->password)
                r = basic_authorization(e, &basic);
        if (r < 0)
                return r;

        HttpRequest request = {
                .url = &url,
                .accept = "application/json",
                .authorization = basic,
                .form = form,
                .limit = ANSWER_MAX,
        };
        r = http_perform(h, &request, &answer, reterr_why);
        return r < 0 ? r : read_answer(&answer, e, ret, reterr_why);
}
