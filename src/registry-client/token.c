/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way from a challenge to a token.
 * Never: lets a token into a message; sends anything secret.
 * Follows: https://distribution.github.io/distribution/spec/auth/token/. */

#include "basic/str.h"
#include "registry-client/token.h"
#include "image/json.h"

#define ANSWER_MAX 65536U

static int refuse(char **reterr_why, const char *what, const char *from) {
        int r = reterr_why ? str_printf(reterr_why, "%s %s", what, from) : 0;
        return r < 0 ? r : -EPROTO;
}

static int token_url(const Url *registry, const char *repository, const Challenge *c, Url *ret,
                     char **reterr_why) {
        _cleanup_url_ Url url = {};
        _cleanup_free_ char *scope = NULL;

        int r = c->realm ? url_parse(c->realm, /* base= */ NULL, &url) : -EINVAL;
        if (r == -EINVAL)
                return refuse(reterr_why, "no usable realm for a token from", registry->authority);
        if (r < 0)
                return r;
        if (!url.https && (registry->https || !url.loopback))
                return refuse(reterr_why, "a token would have to come over plain http from", url.authority);

        if (!c->scope)
                r = str_printf(&scope, "repository:%s:pull", repository);
        if (r >= 0 && c->service)
                r = url_add_query(&url, "service", c->service);
        if (r >= 0)
                r = url_add_query(&url, "scope", c->scope ? c->scope : scope);
        if (r < 0)
                return r;

        *ret = url;
        url = (Url) {};
        return 0;
}

/* What RFC 6750 allows, so that it cannot end the header it is put in. */
static bool token_is_valid(const char *token) {
        return token && in_charset(token, DIGITS LOWERCASE UPPERCASE "-._~+/=");
}

static int read_answer(const HttpResponse *answer, char **ret, char **reterr_why) {
        _cleanup_json_ Json *json = NULL;

        if (answer->status != 200) {
                int r = reterr_why ? str_printf(reterr_why, "%d from %s, asked for a token", answer->status,
                                                answer->from)
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

int token_get(Http *h, const Url *registry, const char *repository, const Challenge *challenge, char **ret,
              char **reterr_why) {
        _cleanup_http_response_ HttpResponse answer = {};
        _cleanup_url_ Url url = {};

        int r = token_url(registry, repository, challenge, &url, reterr_why);
        if (r < 0)
                return r;

        HttpRequest request = {
                .url = &url, .accept = "application/json", .limit = ANSWER_MAX, .fd = -EBADF
        };
        r = http_get(h, &request, &answer, reterr_why);
        return r < 0 ? r : read_answer(&answer, ret, reterr_why);
}
