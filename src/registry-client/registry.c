/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the reading half of the distribution API: manifests and blobs of one repository, from the first place
 * that has them.
 * Never: believes Content-Type or Docker-Content-Digest.
 * Follows: https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md, "Pull". */

#include "basic/str.h"
#include "image/oci.h"
#include "registry-client/registry.h"

typedef struct Registry {
        Source source;
        const Net *net;
        Place *places; /* one an endpoint */
} Registry;

static void registry_free(Source *s) {
        Registry *g = (Registry *) s;

        for (size_t i = 0; g->places && i < g->net->access->n_endpoints; i++)
                place_done(&g->places[i]);
        free(g->places);
        free(g);
}

/* Two things may be wrong with a login: there is none, or it is not good enough. */
static int refuse_login(const Place *p, const HttpResponse *answer, char **reterr_why) {
        const Endpoint *e = p->endpoint;
        const char *why = e->user || e->identity_token ? "the credentials are not accepted"
                          : p->authorization           ? "no such image, or no right to read it"
                                                       : "no credentials";

        /* Without a repository this is a login, and there is nothing better to try. */
        int r = e->repository ? str_printf(reterr_why,
                                           "%d from %s for repository %s: %s; try gantry login %s",
                                           answer->status, answer->from, e->repository, why, place_name(p))
                              : str_printf(reterr_why, "%d from %s: %s", answer->status, answer->from, why);
        return r < 0 ? r : -EACCES;
}

/* What the status says to people. `what` is "tag", "manifest", "blob". */
static int judge(const Place *p, const HttpResponse *answer, const char *what, char **reterr_why) {
        static const struct {
                int status, error;
                const char *text;
        } known[] = {
                { 403, -EACCES, ", access denied" },
                { 404, -ENOENT, ", no such " },
                { 429, -EAGAIN, ", too many requests" },
        };

        if (answer->status == 200 || answer->status == 206)
                return 0;
        if (answer->status == 304)
                return 1;
        if (answer->status == 401)
                return refuse_login(p, answer, reterr_why);

        const char *text = "";
        int error = -EPROTO;
        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (answer->status == known[i].status) {
                        text = known[i].text;
                        error = known[i].error;
                }

        int r = str_printf(reterr_why, "%d from %s%s%s", answer->status, answer->from, text,
                           answer->status == 404 ? what : "");
        return r < 0 ? r : error;
}

/* From one place: what judge() says. */
static int get_from(Registry *g, Place *p, HttpRequest *q, const char *kind, const char *name,
                    const char *what, Blob *ret, char **reterr_why) {
        _cleanup_http_response_ HttpResponse answer = {};
        _cleanup_free_ char *path = NULL, *scope = NULL, *why = NULL;

        int r = str_printf(&path, "/v2/%s/%s/%s", p->endpoint->repository, kind, name);
        if (r >= 0)
                r = str_printf(&scope, "repository:%s:pull", p->endpoint->repository);
        if (r >= 0)
                r = place_request(p, g->net, q, path, scope, &answer, &why);
        if (r >= 0)
                r = judge(p, &answer, what, &why);
        if (r < 0 && reterr_why)
                *reterr_why = TAKE_PTR(why);
        if (r >= 0 && ret)
                *ret = TAKE_BLOB(answer.body);

        return r;
}

static bool is_for(const Endpoint *e, bool by_digest) {
        return e->use == ENDPOINT_ALL || (e->use == ENDPOINT_DIGEST) == by_digest;
}

/* From the first place that has it. The last one is the registry itself: what it says is the error. */
static int get(Registry *g, HttpRequest *q, const char *kind, const char *name, bool by_digest,
               const char *what, Blob *ret, char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        int r = -ENOENT;

        for (size_t i = 0; i < g->net->access->n_endpoints; i++) {
                if (!is_for(g->places[i].endpoint, by_digest))
                        continue;

                free(TAKE_PTR(why));
                r = get_from(g, &g->places[i], q, kind, name, what, ret, &why);
                if (r >= 0 || r == -EPIPE || r == -ENOMEM)
                        break;
                if (q->sink)
                        q->sink->elsewhere(q->sink->userdata);
                if (i + 1 < g->net->access->n_endpoints && r != -ENOENT &&
                    caller_note(g->net->caller, "%s; asking the next place", why ? why : strerror(-r)) < 0)
                        return -EPIPE;
        }
        if (r < 0 && reterr_why)
                *reterr_why = TAKE_PTR(why);

        return r;
}

static int registry_manifest(Source *s, const char *tag, const Digest *digest, const char *known, Blob *ret,
                             char **reterr_why) {
        Registry *g = (Registry *) s;
        HttpRequest q = { .accept = OCI_ACCEPT,
                          .limit = g->net->access->limits.document_max,
                          .if_none_match = known };
        char text[DIGEST_TEXT_MAX];

        if (digest)
                digest_format(digest, text);
        return get(g, &q, "manifests", digest ? text : tag, digest, digest ? "manifest" : "tag", ret,
                   reterr_why);
}

static int get_blob(Registry *g, HttpRequest *q, const Digest *digest, Blob *ret, char **reterr_why) {
        char text[DIGEST_TEXT_MAX];

        digest_format(digest, text);
        return get(g, q, "blobs", text, /* by_digest= */ true, "blob", ret, reterr_why);
}

static int registry_document(Source *s, const Digest *digest, uint64_t size, Blob *ret, char **reterr_why) {
        HttpRequest q = { .limit = size, .exact = true };
        return get_blob((Registry *) s, &q, digest, ret, reterr_why);
}

int registry_copy(Source *s, const Digest *digest, uint64_t size, Stream *stream, char **reterr_why) {
        HttpRequest q = { .limit = size, .exact = true };
        HttpSink sink;

        stream_attach(stream, &q, &sink);
        return get_blob((Registry *) s, &q, digest, /* ret= */ NULL, reterr_why);
}

int registry_login(Source *s, char **reterr_why) {
        Registry *g = (Registry *) s;
        HttpRequest q = { .limit = g->net->access->limits.document_max };
        _cleanup_http_response_ HttpResponse answer = {};
        Place *p = &g->places[0];

        int r = place_request(p, g->net, &q, "/v2/", /* scope= */ NULL, &answer, reterr_why);
        return r < 0 ? r : judge(p, &answer, "registry", reterr_why);
}

static const SourceType type = { registry_manifest, registry_document, registry_free };

int registry_new(const Net *net, Source **ret, char **reterr_why) {
        Registry *g = calloc(1, sizeof(Registry));
        if (!g)
                return -ENOMEM;

        *g = (Registry) { .source.type = &type, .net = net };
        _cleanup_source_ Source *source = &g->source;

        g->places = calloc(net->access->n_endpoints, sizeof(Place));
        if (!g->places)
                return -ENOMEM;
        for (size_t i = 0; i < net->access->n_endpoints; i++) {
                int r = place_new(&net->access->endpoints[i], &g->places[i], reterr_why);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(source);
        return 0;
}
