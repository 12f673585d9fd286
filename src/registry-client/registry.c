/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the reading half of the distribution API: manifests, blobs and signatures of one repository, from the
 * first place that has them.
 * Never: believes Content-Type or Docker-Content-Digest.
 * Follows: https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md, "Pull" and "Listing Referrers";
 * https://github.com/containers/image/blob/main/docs/signature-protocols.md. */

#include "basic/str.h"
#include "image/oci.h"
#include "registry-client/link.h"
#include "registry-client/registry.h"

#define REFERRERS_PAGES_MAX 8U
#define SIGNATURE_LIST_MAX (4U * 1024U * 1024U) /* bytes */

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

static int request(Registry *g, Place *p, HttpRequest *q, const char *path, HttpResponse *ret,
                   char **reterr_why) {
        _cleanup_free_ char *scope = NULL;

        int r = str_printf(&scope, "repository:%s:pull", p->endpoint->repository);
        return r < 0 ? r : place_request(p, g->net, q, path, scope, ret, reterr_why);
}

/* Something of a repository: /API/REPOSITORY/KIND/NAME. */
typedef struct Item {
        const char *api, *kind, *name;
        const char *what; /* for messages: "tag" */
        bool by_digest;
        bool is_extension; /* of those that keep signatures */
} Item;

/* From one place: what judge() says. */
static int get_from(Registry *g, Place *p, HttpRequest *q, const Item *item, Blob *ret, char **reterr_why) {
        _cleanup_http_response_ HttpResponse answer = {};
        _cleanup_free_ char *path = NULL, *why = NULL;

        int r = str_printf(&path, "/%s/%s/%s/%s", item->api, p->endpoint->repository, item->kind,
                           item->name);
        if (r >= 0)
                r = request(g, p, q, path, &answer, &why);
        if (r >= 0)
                r = judge(p, &answer, item->what, &why);
        if (r < 0 && reterr_why)
                *reterr_why = TAKE_PTR(why);
        if (r >= 0 && ret)
                *ret = TAKE_BLOB(answer.body);

        return r;
}

static bool is_for(const Endpoint *e, bool by_digest) {
        return e->use == ENDPOINT_ALL || (e->use == ENDPOINT_DIGEST) == by_digest;
}

/* 0, or -EPIPE. The last place is the registry itself: what it says is the error. */
static int note_next(const Registry *g, size_t i, int r, const char *why) {
        if (i + 1 == g->net->access->n_endpoints || r == -ENOENT)
                return 0;

        return caller_note(g->net->caller, "%s; asking the next place", why ? why : strerror(-r)) < 0
                               ? -EPIPE
                               : 0;
}

/* From the first place that has it. */
static int get(Registry *g, HttpRequest *q, const Item *item, Blob *ret, char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        int r = -ENOENT;

        for (size_t i = 0; i < g->net->access->n_endpoints; i++) {
                const Place *p = &g->places[i];

                if (!is_for(p->endpoint, item->by_digest) || (item->is_extension && !p->has_signatures))
                        continue;

                free(TAKE_PTR(why));
                r = get_from(g, &g->places[i], q, item, ret, &why);
                if (r >= 0 || r == -EPIPE || r == -ENOMEM)
                        break;
                if (q->sink)
                        q->sink->elsewhere(q->sink->userdata);
                if (note_next(g, i, r, why) < 0)
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
        const Item item = { .api = "v2",
                            .kind = "manifests",
                            .name = digest ? text : tag,
                            .what = digest ? "manifest" : "tag",
                            .by_digest = digest };
        return get(g, &q, &item, ret, reterr_why);
}

static int get_blob(Registry *g, HttpRequest *q, const Digest *digest, Blob *ret, char **reterr_why) {
        char text[DIGEST_TEXT_MAX];

        digest_format(digest, text);
        const Item item = { .api = "v2", .kind = "blobs", .name = text, .what = "blob", .by_digest = true };
        return get(g, q, &item, ret, reterr_why);
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

/* How registries say that they have never heard of it: most by 404, as the document wants it. */
static bool is_unknown(int status) {
        return status == 400 || status == 404 || status == 405 || status == 406 || status == 501;
}

/* A list may have pages, all of the same place. 1, or 0 if this was the last. */
static int next_page(const Place *p, const HttpResponse *answer, char **path) {
        _cleanup_free_ char *link = NULL;
        _cleanup_url_ Url url = {};

        int r = answer->link ? link_next(answer->link, &link) : 0;
        if (r > 0)
                r = url_parse(link, &p->base, &url);
        if (r == -EBADMSG || r == -EINVAL || !link || (r >= 0 && !url_same_origin(&url, &p->base)))
                return 0;
        if (r < 0)
                return r;

        free(*path);
        *path = TAKE_PTR(url.text);
        return 1;
}

static int add_page(const Registry *g, const HttpResponse *answer, Referrers *referrers) {
        _cleanup_(oci_index_freep) OciIndex *index = NULL;
        _cleanup_free_ char *why = NULL;

        int r = oci_index_parse(answer->body.data, answer->body.size, &index, &why);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return caller_note(g->net->caller, "the list of referrers from %s cannot be used: %s",
                                   answer->from, why ? why : strerror(-r));

        referrers_add(referrers, index, /* is_claimed= */ true);
        return 0;
}

/* Registries that do not know of such lists may also take the question for one that needs a right. */
static int pass_over_referrers(const Registry *g, Place *p, const char *why) {
        p->lacks_referrers = true;
        return why ? caller_note(g->net->caller, "%s; signatures are looked for by their tags only", why)
                   : 0;
}

/* Page by page. 1, or 0 if the place has no such lists: then it is not asked again. */
static int list_referrers(Registry *g, Place *p, const char *digest, Referrers *referrers,
                          char **reterr_why) {
        HttpRequest q = { .accept = OCI_INDEX_ACCEPT, .limit = g->net->access->limits.document_max };
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "/v2/%s/referrers/%s", p->endpoint->repository, digest);
        if (r < 0)
                return r;

        for (unsigned page = 0; page < REFERRERS_PAGES_MAX; page++) {
                _cleanup_http_response_ HttpResponse answer = {};
                _cleanup_free_ char *why = NULL;

                r = request(g, p, &q, path, &answer, &why);
                if (r >= 0 && page == 0 && is_unknown(answer.status))
                        return pass_over_referrers(g, p, /* why= */ NULL);
                if (r >= 0)
                        r = judge(p, &answer, "list of referrers", &why);
                if (r == -EACCES && page == 0)
                        return pass_over_referrers(g, p, why);
                if (r >= 0)
                        r = add_page(g, &answer, referrers);
                if (r >= 0)
                        r = next_page(p, &answer, &path);
                if (r < 0 && reterr_why)
                        *reterr_why = TAKE_PTR(why);
                if (r <= 0)
                        return r < 0 ? r : 1;
        }

        referrers->full = true;
        return 1;
}

/* From the first place that knows of any. One that says that there are none may only be behind, as with tags. */
static int registry_referrers(Source *s, const Digest *digest, Referrers *referrers, char **reterr_why) {
        Registry *g = (Registry *) s;
        _cleanup_free_ char *why = NULL;
        char text[DIGEST_TEXT_MAX];
        int r = 0;

        digest_format(digest, text);
        for (size_t i = 0; i < g->net->access->n_endpoints && referrers->n == 0; i++) {
                Place *p = &g->places[i];

                if (!is_for(p->endpoint, /* by_digest= */ false))
                        continue;

                free(TAKE_PTR(why));
                r = p->lacks_referrers ? 0 : list_referrers(g, p, text, referrers, &why);
                if (r == -EPIPE || r == -ENOMEM || (r < 0 && note_next(g, i, r, why) < 0))
                        return r == -ENOMEM ? r : -EPIPE;
        }
        if (r < 0 && reterr_why)
                *reterr_why = TAKE_PTR(why);

        return r;
}

static int registry_signature_list(Source *s, const Digest *digest, Blob *ret, char **reterr_why) {
        HttpRequest q = { .limit = SIGNATURE_LIST_MAX };
        char text[DIGEST_TEXT_MAX];

        digest_format(digest, text);
        const Item item = { .api = "extensions/v2",
                            .kind = "signatures",
                            .name = text,
                            .what = "list of signatures",
                            .is_extension = true };
        return get((Registry *) s, &q, &item, ret, reterr_why);
}

int registry_login(Source *s, char **reterr_why) {
        Registry *g = (Registry *) s;
        HttpRequest q = { .limit = g->net->access->limits.document_max };
        _cleanup_http_response_ HttpResponse answer = {};
        Place *p = &g->places[0];

        int r = place_request(p, g->net, &q, "/v2/", /* scope= */ NULL, &answer, reterr_why);
        return r < 0 ? r : judge(p, &answer, "registry", reterr_why);
}

static const SourceType type = {
        .manifest = registry_manifest,
        .document = registry_document,
        .referrers = registry_referrers,
        .signature_list = registry_signature_list,
        .free = registry_free,
};

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
