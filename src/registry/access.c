/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the list of places and secrets that registry-client is given, and its form on the way there.
 * Never: opens a file; shows a secret in a message.
 * Follows: nothing but JSON: both ends are of one build. */

#include "basic/str.h"
#include "image/json-table.h"
#include "registry/access.h"

static void endpoint_done(Endpoint *e) {
        free(e->host);
        free(e->repository);
        secret_free(e->user);
        secret_free(e->password);
        secret_free(e->identity_token);
        free(e->authorities);
        free(e->certificate);
        secret_free(e->key);
}

void access_done(Access *a) {
        for (size_t i = 0; i < a->n_endpoints; i++)
                endpoint_done(&a->endpoints[i]);
        free(a->endpoints);
        free(a->lookaside.url);
        free(a->lookaside.repository);
        endpoint_done(&a->lookaside.host);
        *a = (Access) {};
}

#define TEXT(key, member)                                                                                   \
        { key, json_decode_string, offsetof(Endpoint, member), 0, json_encode_string }

static const JsonField endpoint_fields[] = {
        { "host", json_decode_string, offsetof(Endpoint, host), JSON_MANDATORY, json_encode_string },
        TEXT("repository", repository),
        { "use", json_decode_u64, offsetof(Endpoint, use), 0, json_encode_u64 },
        { "plainHttp", json_decode_bool, offsetof(Endpoint, plain_http), 0, json_encode_bool },
        TEXT("user", user),
        TEXT("password", password),
        TEXT("identityToken", identity_token),
        TEXT("authorities", authorities),
        TEXT("certificate", certificate),
        TEXT("key", key),
        {},
};

static int decode_endpoint(const Json *value, void *member, const JsonPath *at) {
        return json_decode_object(value, endpoint_fields, member, at);
}

static int encode_endpoint(const void *member, Json **ret) {
        return json_encode_object(endpoint_fields, member, ret);
}

/* A host that is not there is not written. */
static int encode_host(const void *member, Json **ret) {
        return ((const Endpoint *) member)->host ? encode_endpoint(member, ret) : 0;
}

static const JsonField lookaside_fields[] = {
        { "url", json_decode_string, offsetof(Lookaside, url), JSON_MANDATORY, json_encode_string },
        { "repository", json_decode_string, offsetof(Lookaside, repository), JSON_MANDATORY,
          json_encode_string },
        { "host", decode_endpoint, offsetof(Lookaside, host), 0, encode_host },
        {},
};

static int decode_lookaside(const Json *value, void *member, const JsonPath *at) {
        return json_decode_object(value, lookaside_fields, member, at);
}

static int encode_lookaside(const void *member, Json **ret) {
        return ((const Lookaside *) member)->url ? json_encode_object(lookaside_fields, member, ret) : 0;
}

#define LIMIT(key, member)                                                                                  \
        { key, json_decode_u64, offsetof(Access, limits.member), 0, json_encode_u64 }

static const JsonField fields[] = {
        { "endpoints", decode_endpoint, offsetof(Access, endpoints), 0, encode_endpoint,
          JSON_ITEMS(Access, endpoints) },
        { "lookaside", decode_lookaside, offsetof(Access, lookaside), 0, encode_lookaside },
        LIMIT("documentMax", document_max),
        LIMIT("indexEntriesMax", index_entries_max),
        LIMIT("headersMax", headers_max),
        LIMIT("redirectsMax", redirects_max),
        LIMIT("timeout", timeout),
        LIMIT("retries", retries),
        {},
};

static int decode_access(const Json *value, void *member, const JsonPath *at) {
        return json_decode_object(value, fields, member, at);
}

int access_parse(const void *data, size_t size, Access *ret, char **reterr_why) {
        _cleanup_access_ Access a = {};

        int r = json_parse_into(data, size, decode_access, &a, reterr_why);
        if (r < 0)
                return r;

        *ret = a;
        a = (Access) {};
        return 0;
}

int access_format(const Access *a, Blob *ret) {
        _cleanup_json_ Json *json = NULL;

        int r = json_encode_object(fields, a, &json);
        return r < 0 ? r : json_format(json, /* pretty= */ false, ret);
}
