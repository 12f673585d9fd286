/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: putting together what is configured about the places that one image may come from.
 * Never: changes the name of the image; gives one place the credentials of another.
 * Follows: gantry-registries.d(5), gantry-login(1). */

#include <assert.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "image/host.h"
#include "registry/certificates.h"
#include "registry/credential-agent.h"
#include "registry/lookaside.h"
#include "registry/lookup.h"
#include "registry/registries.h"

/* The one registry whose name is not where it answers. */
static const char *api_host(const char *host) {
        return streq(host, "docker.io") ? "registry-1.docker.io" : host;
}

/* "HOST/REPOSITORY" or "HOST" made into where to ask. */
static int set_place(Endpoint *e, const char *name) {
        size_t n = strcspn(name, "/");
        _cleanup_free_ char *host = strndup(name, n);

        if (!host)
                return -ENOMEM;

        int r = str_copy(api_host(host_canonical(host)), &e->host);
        return r < 0 || name[n] == '\0' ? r : str_copy(name + n + 1, &e->repository);
}

static int set_credentials(Endpoint *e, int agent, const char *name, char **reterr_why) {
        Credentials c = {};

        int r = credential_agent_ask(agent, name, &c, reterr_why);
        if (r <= 0)
                return r;

        e->user = c.user;
        e->password = c.password;
        e->identity_token = c.identity_token;
        return 0;
}

/* One more endpoint, which the caller fills: what is half filled is freed with the rest. */
static int add_endpoint(Access *a, Endpoint **ret) {
        Endpoint *grown = reallocarray(a->endpoints, a->n_endpoints + 1, sizeof(Endpoint));
        if (!grown)
                return -ENOMEM;

        a->endpoints = grown;
        grown[a->n_endpoints] = (Endpoint) {};
        *ret = &grown[a->n_endpoints++];
        return 0;
}

/* What is known of the place but for the credentials. */
static int add_place(Access *a, const char *name, bool plain_http, char **reterr_why) {
        Endpoint *e;

        int r = add_endpoint(a, &e);
        if (r >= 0)
                r = set_place(e, name);
        if (r < 0)
                return r;

        e->plain_http = plain_http || host_is_loopback(e->host);
        return certificates_load(e, reterr_why);
}

static int check_blocked(const RegistryRule *rule, const char *name, char **reterr_why) {
        if (!rule || !rule->blocked)
                return 0;

        return refuse(reterr_why, -EPERM, "%s is blocked by %s", name, rule->file);
}

/* As add_place(), for an image. */
static int add_source(Access *a, const char *name, const RegistryPlace *place, int agent,
                      char **reterr_why) {
        int r = add_place(a, name, place->insecure, reterr_why);
        if (r < 0)
                return r;

        Endpoint *e = &a->endpoints[a->n_endpoints - 1];
        e->use = place->use;
        return set_credentials(e, agent, name, reterr_why);
}

static int add_rewritten(Access *a, const RegistryRule *rule, const RegistryPlace *place, const char *name,
                         int agent, char **reterr_why) {
        _cleanup_free_ char *rewritten = NULL;

        int r = registry_place_rewrite(rule, place, name, &rewritten);
        if (r < 0)
                return r;
        if (!strchr(rewritten, '/'))
                return refuse(reterr_why, -EBADMSG, "%s: Location=%s leaves no repository for %s",
                              rule->file, place->location, name);

        return add_source(a, rewritten, place, agent, reterr_why);
}

/* Hosts come from URLs and command lines in any case. */
static int normalise_host(const char *host, char **ret, char **reterr_why) {
        if (strchr(host, '/') || auth_key_normalise(host, ret) < 0)
                return refuse(reterr_why, -EINVAL, "not a host");

        return 0;
}

/* A rule about where else to ask is about images; whether the host itself may be asked, and how, counts. */
static int judge_host(const Registries *registries, const char *host, bool *ret_insecure,
                      char **reterr_why) {
        const RegistryRule *rule = registries_match(registries, host);

        *ret_insecure = rule && rule->place.insecure && !rule->place.location;
        return check_blocked(rule, host, reterr_why);
}

/* Whoever keeps the signatures of an image has nothing to do with whoever keeps the image. */
static int set_web_host(Endpoint *e, const Registries *registries, const char *url, int agent,
                        bool plain_http, char **reterr_why) {
        _cleanup_free_ char *host = NULL, *name = NULL;
        bool insecure = false;

        int r = lookaside_host(url, &host);
        if (r >= 0)
                r = normalise_host(host, &name, reterr_why);
        if (r >= 0)
                r = judge_host(registries, name, &insecure, reterr_why);
        if (r >= 0)
                r = str_copy(name, &e->host);
        if (r < 0)
                return r;

        e->plain_http = plain_http || insecure || host_is_loopback(name);
        r = certificates_load(e, reterr_why);
        return r < 0 ? r : set_credentials(e, agent, name, reterr_why);
}

/* Signatures are kept under the image's own name, wherever it is asked for. */
static int set_lookaside(Access *a, const Registries *registries, const RegistryRule *rule, const char *name,
                         int agent, bool plain_http, char **reterr_why) {
        Lookaside *l = &a->lookaside;

        if (!rule->lookaside)
                return 0;

        int r = str_copy(rule->lookaside, &l->url);
        if (r >= 0)
                r = str_copy(strchr(name, '/') + 1, &l->repository);
        if (r < 0 || lookaside_directory(l->url))
                return r;

        return set_web_host(&l->host, registries, l->url, agent, plain_http || rule->place.insecure,
                            reterr_why);
}

static int add_image(Access *a, const char *name, int agent, bool plain_http, char **reterr_why) {
        _cleanup_registries_ Registries registries = {};

        int r = registries_load(&registries, reterr_why);
        if (r < 0)
                return r;

        const RegistryRule *rule = registries_match(&registries, name);
        if (!rule)
                return add_source(a, name, &(RegistryPlace) {}, agent, reterr_why);

        r = check_blocked(rule, name, reterr_why);
        for (size_t i = 0; r >= 0 && i < rule->n_mirrors; i++)
                r = add_rewritten(a, rule, &rule->mirrors[i], name, agent, reterr_why);
        if (r >= 0)
                r = add_rewritten(a, rule, &rule->place, name, agent, reterr_why);

        return r < 0 ? r : set_lookaside(a, &registries, rule, name, agent, plain_http, reterr_why);
}

int access_for_image(const Reference *ref, int agent, const FetchLimits *limits, bool plain_http,
                     Access *ret, char **reterr_why) {
        _cleanup_access_ Access a = { .limits = fetch_limits_of_client(limits) };
        _cleanup_free_ char *name = NULL;

        assert(ref->kind == REFERENCE_REGISTRY);

        int r = reference_name(ref, &name);
        if (r >= 0)
                r = add_image(&a, name, agent, plain_http, reterr_why);
        if (r < 0)
                return r;

        *ret = a;
        a = (Access) {};
        return 0;
}

static int open_host(const char *host, const FetchLimits *limits, bool plain_http, Access *a,
                     char **ret_name, char **reterr_why) {
        _cleanup_registries_ Registries registries = {};
        bool insecure = false;

        a->limits = fetch_limits_of_client(limits);
        int r = normalise_host(host, ret_name, reterr_why);
        if (r >= 0)
                r = registries_load(&registries, reterr_why);
        if (r >= 0)
                r = judge_host(&registries, *ret_name, &insecure, reterr_why);

        return r < 0 ? r : add_place(a, *ret_name, insecure || plain_http, reterr_why);
}

int access_for_host(const char *host, int agent, const FetchLimits *limits, bool plain_http, Access *ret,
                    char **reterr_why) {
        _cleanup_access_ Access a = {};
        _cleanup_free_ char *name = NULL;

        int r = open_host(host, limits, plain_http, &a, &name, reterr_why);
        if (r >= 0)
                r = set_credentials(&a.endpoints[0], agent, name, reterr_why);
        if (r < 0)
                return r;

        *ret = a;
        a = (Access) {};
        return 0;
}

int access_for_login(const char *host, const FetchLimits *limits, const char *user, const char *password,
                     Access *ret, char **reterr_why) {
        _cleanup_access_ Access a = {};
        _cleanup_free_ char *name = NULL;

        int r = open_host(host, limits, /* plain_http= */ false, &a, &name, reterr_why);
        if (r >= 0)
                r = str_copy(user, &a.endpoints[0].user);
        if (r >= 0)
                r = str_copy(password, &a.endpoints[0].password);
        if (r < 0)
                return r;

        *ret = a;
        a = (Access) {};
        return 0;
}
