/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: one host that is asked: its scheme, its logins, second attempts.
 * Never: asks on after a second 401; speaks plain http where the configuration does not allow it; lets a
 * secret into a message.
 * Follows: RFC 7617 (Basic); https://distribution.github.io/distribution/spec/auth/token/. */

#include <string.h>

#include "basic/str.h"
#include "image/host.h"
#include "registry-client/place.h"
#include "registry-client/token.h"

#define PROGRESS_MIN (1024U * 1024U) /* bytes that are worth new patience */

void place_done(Place *p) {
        url_done(&p->base);
        secret_free(p->authorization);
        *p = (Place) {};
}

static int base_url(const char *host, const char *scheme, Url *ret) {
        _cleanup_free_ char *text = NULL;

        int r = str_printf(&text, "%s://%s/", scheme, host);
        return r < 0 ? r : url_parse(text, /* base= */ NULL, ret);
}

int place_new(const Endpoint *e, Place *ret, char **reterr_why) {
        Place p = { .endpoint = e };

        int r = base_url(e->host, "https", &p.base);
        if (r == -EINVAL && reterr_why && str_printf(reterr_why, "'%s' is no host", e->host) < 0)
                r = -ENOMEM;
        if (r < 0)
                return r;

        *ret = p;
        return 0;
}

const char *place_name(const Place *p) {
        return host_canonical(p->endpoint->host);
}

static int request_once(Place *p, Http *h, HttpRequest *q, const char *path, HttpResponse *ret,
                        char **reterr_why) {
        _cleanup_url_ Url url = {};

        int r = url_parse(path, &p->base, &url);
        if (r < 0)
                return r;

        q->url = &url;
        q->authorization = p->authorization;
        q->identity = p->endpoint;
        r = http_perform(h, q, ret, reterr_why);
        q->url = NULL;
        if (r >= 0)
                p->has_signatures = p->has_signatures || ret->has_signatures;

        return r;
}

static int fall_back_to_http(Place *p) {
        _cleanup_url_ Url plain = {};

        int r = base_url(p->endpoint->host, "http", &plain);
        if (r < 0)
                return r;

        url_done(&p->base);
        p->base = plain;
        plain = (Url) {};
        return 0;
}

static int request_either_scheme(Place *p, Http *h, HttpRequest *q, const char *path, HttpResponse *ret,
                                 char **reterr_why) {
        _cleanup_free_ char *why = NULL;

        int r = request_once(p, h, q, path, ret, &why);
        bool may_be_plain = r == -EPROTONOSUPPORT || (r == -ECONNREFUSED && !strchr(p->endpoint->host, ':'));
        if (may_be_plain && p->endpoint->plain_http && p->base.https && !p->answered) {
                r = fall_back_to_http(p);
                if (r < 0)
                        return r;
                free(TAKE_PTR(why));
                r = request_once(p, h, q, path, ret, &why);
        }
        if (r >= 0)
                p->answered = true;
        if (reterr_why)
                *reterr_why = TAKE_PTR(why);

        return r;
}

static void set_authorization(Place *p, char *taken) {
        secret_free(p->authorization);
        p->authorization = taken;
}

/* 1 if there is a new token, 0 if none is wanted. */
static int get_token(Place *p, Http *h, const char *header, const char *scope, char **reterr_why) {
        _cleanup_(challenge_done) Challenge challenge = {};
        _cleanup_free_ char *why = NULL;
        _cleanup_secret_ char *token = NULL;
        char *authorization;

        int r = challenge_find(header, "Bearer", &challenge, &why);
        if (r == -EBADMSG) {
                r = reterr_why ? str_printf(reterr_why, "401 from %s with a bad challenge: %s",
                                            p->base.authority, why)
                               : 0;
                return r < 0 ? r : -EPROTO;
        }
        if (r <= 0)
                return r;

        r = token_get(h, &p->base, p->endpoint, scope, &challenge, &token, reterr_why);
        if (r >= 0)
                r = str_printf(&authorization, "Bearer %s", token);
        if (r < 0)
                return r;

        set_authorization(p, authorization);
        return 1;
}

/* 1 if user and password are wanted and there are some, 0 if not. */
static int use_password(Place *p, const char *header) {
        _cleanup_(challenge_done) Challenge challenge = {};
        char *authorization;

        int r = challenge_find(header, "Basic", &challenge, /* reterr_why= */ NULL);
        if (r <= 0 || !p->endpoint->user || !p->endpoint->password)
                return r < 0 ? r : 0;

        r = basic_authorization(p->endpoint, &authorization);
        if (r < 0)
                return r;

        set_authorization(p, authorization);
        return 1;
}

static int request_authorized(Place *p, Http *h, HttpRequest *q, const char *path, const char *scope,
                              HttpResponse *ret, char **reterr_why) {
        int r = request_either_scheme(p, h, q, path, ret, reterr_why);
        if (r < 0 || ret->status != 401 || !ret->challenge)
                return r;

        r = get_token(p, h, ret->challenge, scope, reterr_why);
        if (r == 0)
                r = use_password(p, ret->challenge);
        if (r <= 0)
                return r;

        http_response_done(ret);
        return request_either_scheme(p, h, q, path, ret, reterr_why);
}

/* A server that keeps failing is given up; one that gets somewhere in between is not. */
static void be_patient_again(Patience *p, const Net *net, const HttpRequest *q, uint64_t *mark) {
        if (!q->sink || q->offset < *mark + PROGRESS_MIN)
                return;

        *p = patience_new(net->caller, &net->access->limits);
        *mark = q->offset;
}

int place_request(Place *p, const Net *net, HttpRequest *q, const char *path, const char *scope,
                  HttpResponse *ret, char **reterr_why) {
        Patience patience = patience_new(net->caller, &net->access->limits);
        uint64_t mark = q->offset;

        for (;;) {
                _cleanup_http_response_ HttpResponse answer = {};
                _cleanup_free_ char *why = NULL;

                int r = request_authorized(p, net->http, q, path, scope, &answer, &why);
                bool unfit = r == -ESTALE || (r >= 0 && answer.status == 416);
                if (unfit && q->sink && q->sink->restart(q->sink->userdata))
                        continue;

                be_patient_again(&patience, net, q, &mark);
                int again = patience_again(&patience, r, &answer, why);
                if (again < 0)
                        return again;
                if (again > 0)
                        continue;

                if (reterr_why)
                        *reterr_why = TAKE_PTR(why);
                if (r >= 0) {
                        *ret = answer;
                        answer = (HttpResponse) {};
                }
                return r;
        }
}
