/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the reading half of the distribution API: manifests and blobs of one repository, with a token if
 * need be.
 * Never: believes Content-Type or Docker-Content-Digest; asks on after a second 401; plain http beyond
 * loopback.
 * Follows: https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md, "Pull". */

#include "basic/str.h"
#include "registry-client/registry.h"
#include "registry-client/token.h"
#include "image/oci.h"

typedef struct Registry {
        Source source;
        Http *http;
        Url base; /* https://HOST/ */
        char *repository;
        char *token;
        bool answered; /* over this scheme: it is not changed any more */
} Registry;

static void registry_free(Source *s) {
        Registry *r = (Registry *) s;

        http_free(r->http);
        url_done(&r->base);
        free(r->repository);
        free(r->token);
        free(r);
}

static int base_url(const char *host, const char *scheme, Url *ret) {
        _cleanup_free_ char *text = NULL;

        int r = str_printf(&text, "%s://%s/", scheme, host);
        return r < 0 ? r : url_parse(text, /* base= */ NULL, ret);
}

/* A registry on this machine may do without TLS; nobody can listen in there. */
static int fall_back_to_http(Registry *g) {
        _cleanup_url_ Url plain = {};

        int r = base_url(g->base.authority, "http", &plain);
        if (r < 0)
                return r;

        url_done(&g->base);
        g->base = plain;
        plain = (Url) {};
        return 0;
}

static int request_once(Registry *g, HttpRequest *q, const char *path, HttpResponse *ret,
                        char **reterr_why) {
        _cleanup_url_ Url url = {};

        int r = url_parse(path, &g->base, &url);
        if (r < 0)
                return r;

        q->url = &url;
        q->bearer = g->token;
        r = http_get(g->http, q, ret, reterr_why);
        q->url = NULL;
        return r;
}

static int request_either_scheme(Registry *g, HttpRequest *q, const char *path, HttpResponse *ret,
                                 char **reterr_why) {
        _cleanup_free_ char *why = NULL;

        int r = request_once(g, q, path, ret, &why);
        if (r == -EPROTONOSUPPORT && g->base.https && g->base.loopback && !g->answered) {
                r = fall_back_to_http(g);
                if (r < 0)
                        return r;
                free(TAKE_PTR(why));
                r = request_once(g, q, path, ret, &why);
        }
        if (r >= 0)
                g->answered = true;
        if (reterr_why)
                *reterr_why = TAKE_PTR(why);

        return r;
}

/* 1 with a new token, 0 if the registry wants another kind of login. */
static int get_token(Registry *g, const char *header, char **reterr_why) {
        _cleanup_(challenge_done) Challenge challenge = {};
        _cleanup_free_ char *why = NULL, *token = NULL;

        int r = challenge_find(header, "Bearer", &challenge, &why);
        if (r == -EBADMSG) {
                r = reterr_why ? str_printf(reterr_why, "401 from %s with a bad challenge: %s",
                                            g->base.authority, why)
                               : 0;
                return r < 0 ? r : -EPROTO;
        }
        if (r <= 0)
                return r;

        r = token_get(g->http, &g->base, g->repository, &challenge, &token, reterr_why);
        if (r < 0)
                return r;

        free(g->token);
        g->token = TAKE_PTR(token);
        return 1;
}

/* What the status says to people. `what` is "tag", "manifest", "blob". */
static int judge(const HttpResponse *answer, const char *what, char **reterr_why) {
        static const struct {
                int status, error;
                const char *text;
        } known[] = {
                { 401, -EACCES, "no such image, or no right to read it" },
                { 403, -EACCES, "access denied" },
                { 404, -ENOENT, "no such " },
                { 429, -EAGAIN, "too many requests" },
        };

        if (answer->status == 200)
                return 0;

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (answer->status == known[i].status) {
                        int r = str_printf(reterr_why, "%d from %s, %s%s", answer->status, answer->from,
                                           known[i].text, answer->status == 404 ? what : "");
                        return r < 0 ? r : known[i].error;
                }

        int r = str_printf(reterr_why, "%d from %s", answer->status, answer->from);
        return r < 0 ? r : -EPROTO;
}

static int get(Registry *g, HttpRequest *q, const char *path, const char *what, Blob *ret,
               char **reterr_why) {
        _cleanup_http_response_ HttpResponse answer = {};
        _cleanup_free_ char *why = NULL;

        int r = request_either_scheme(g, q, path, &answer, &why);
        if (r >= 0 && answer.status == 401 && answer.challenge) {
                r = get_token(g, answer.challenge, &why);
                if (r > 0) {
                        http_response_done(&answer);
                        r = request_either_scheme(g, q, path, &answer, &why);
                }
        }
        if (r >= 0)
                r = judge(&answer, what, &why);
        if (r < 0) {
                if (reterr_why)
                        *reterr_why = TAKE_PTR(why);
                return r;
        }

        if (ret)
                *ret = TAKE_BLOB(answer.body);
        return 0;
}

static int registry_manifest(Source *s, const char *tag, const Digest *digest, Blob *ret,
                             char **reterr_why) {
        Registry *g = (Registry *) s;
        HttpRequest q = { .accept = OCI_ACCEPT, .limit = OCI_DOCUMENT_MAX, .fd = -EBADF };
        _cleanup_free_ char *path = NULL;
        char text[DIGEST_TEXT_MAX];

        if (digest)
                digest_format(digest, text);
        int r = str_printf(&path, "/v2/%s/manifests/%s", g->repository, digest ? text : tag);

        return r < 0 ? r : get(g, &q, path, digest ? "manifest" : "tag", ret, reterr_why);
}

static int get_blob(Registry *g, const Digest *digest, uint64_t size, int fd, Blob *ret, char **reterr_why) {
        HttpRequest q = { .limit = size, .exact = true, .fd = fd };
        _cleanup_free_ char *path = NULL;
        char text[DIGEST_TEXT_MAX];

        digest_format(digest, text);
        int r = str_printf(&path, "/v2/%s/blobs/%s", g->repository, text);

        return r < 0 ? r : get(g, &q, path, "blob", ret, reterr_why);
}

static int registry_document(Source *s, const Digest *digest, uint64_t size, Blob *ret, char **reterr_why) {
        return get_blob((Registry *) s, digest, size, -EBADF, ret, reterr_why);
}

int registry_copy(Source *s, const Digest *digest, uint64_t size, int fd, char **reterr_why) {
        return get_blob((Registry *) s, digest, size, fd, /* ret= */ NULL, reterr_why);
}

/* The one registry whose name is not where it answers. */
static const char *api_host(const char *registry) {
        return streq(registry, "docker.io") ? "registry-1.docker.io" : registry;
}

static const SourceType type = { registry_manifest, registry_document, registry_free };

int registry_new(const Reference *ref, Source **ret, char **reterr_why) {
        Registry *g = calloc(1, sizeof(Registry));
        if (!g)
                return -ENOMEM;

        g->source.type = &type;
        _cleanup_source_ Source *source = &g->source;

        int r = http_new(&g->http);
        if (r >= 0)
                r = str_copy(ref->repository, &g->repository);
        if (r >= 0)
                r = base_url(api_host(ref->registry), "https", &g->base);
        if (r == -EINVAL && reterr_why && str_printf(reterr_why, "'%s' is no host", ref->registry) < 0)
                return -ENOMEM;
        if (r < 0)
                return r;

        *ret = TAKE_PTR(source);
        return 0;
}
