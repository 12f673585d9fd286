/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the file in which podman, skopeo and docker keep passwords of registries: its syntax, and which entry is
 *       meant for an image.
 * Never: opens a file; has a secret in a message; takes one entry for another's host.
 * Follows: containers-auth.json(5); https://docs.docker.com/reference/cli/docker/login/. */

#include "basic/base64.h"
#include "basic/str.h"
#include "image/host.h"
#include "image/json-table.h"
#include "registry/auth-file.h"

#define ENTRIES_MAX 1024U
#define CREDENTIAL_MAX (64U * 1024U)

void credentials_done(Credentials *c) {
        secret_free(c->user);
        secret_free(c->password);
        secret_free(c->identity_token);
        *c = (Credentials) {};
}

void auth_file_done(AuthFile *f) {
        for (size_t i = 0; i < f->n_entries; i++) {
                free(f->entries[i].key);
                credentials_done(&f->entries[i].credentials);
        }
        free(f->entries);
        pairs_done(&f->helpers);
        free(f->store);
        *f = (AuthFile) {};
}

/* "https://HOST/v1/" has always meant the host. A scheme or a slash at the end says that it is a URL; without
 * them v1 may be somebody's name. */
static void cut_api_version(char *key, bool url) {
        size_t n = strlen(key);

        for (; n > 0 && key[n - 1] == '/'; url = true)
                key[--n] = '\0';

        char *slash = strchr(key, '/');
        if (url && slash && (streq(slash, "/v1") || streq(slash, "/v2")))
                *slash = '\0';
}

int auth_key_normalise(const char *key, char **ret) {
        const char *rest = startswith(key, "https://");
        _cleanup_free_ char *host = NULL;

        if (!rest)
                rest = startswith(key, "http://");
        bool url = rest;

        _cleanup_free_ char *copy = strdup(rest ? rest : key);
        if (!copy)
                return -ENOMEM;

        cut_api_version(copy, url);
        size_t n = strcspn(copy, "/");
        host = strndup(copy, n);
        if (!host)
                return -ENOMEM;
        for (char *p = host; *p; p++)
                if (*p >= 'A' && *p <= 'Z')
                        *p += 'a' - 'A';
        if (!host_is_valid(host))
                return -EINVAL;

        return str_printf(ret, "%s%s", host_canonical(host), copy + n);
}

/* What would end a header, or a line of the protocol of credential helpers. */
static bool has_control_character(const char *s) {
        for (; *s; s++)
                if ((unsigned char) *s < ' ' || *s == 0x7f)
                        return true;

        return false;
}

/* An empty string says nothing, as in docker's own reading. */
static int decode_secret(const Json *value, void *member, const JsonPath *at) {
        const char *text = json_text(value);

        if (!text)
                return json_refuse(at, "not a string");
        if (has_control_character(text))
                return json_refuse(at, "has a control character");
        if (strlen(text) > CREDENTIAL_MAX)
                return json_refuse(at, "too long");

        return text[0] == '\0' ? 0 : str_copy(text, member);
}

/* An entry as it is in the document. */
typedef struct RawEntry {
        char *auth;
        Credentials credentials;
} RawEntry;

static void raw_entry_done(RawEntry *e) {
        secret_free(e->auth);
        credentials_done(&e->credentials);
}

static const JsonField entry_fields[] = {
        { "auth", decode_secret, offsetof(RawEntry, auth) },
        { "username", decode_secret, offsetof(RawEntry, credentials.user) },
        { "password", decode_secret, offsetof(RawEntry, credentials.password) },
        { "identitytoken", decode_secret, offsetof(RawEntry, credentials.identity_token) },
        {},
};

/* base64(user:password), which goes before the two spelt out. */
static int split_auth(RawEntry *e, const JsonPath *at) {
        _cleanup_secret_blob_ Blob blob = {};
        _cleanup_secret_ char *text = NULL;

        int r = base64_decode(cursor_of(e->auth, strlen(e->auth)), &blob);
        if (r == -EBADMSG)
                return json_refuse(at, "auth: not base64");
        if (r < 0)
                return r;

        text = strndup(blob.data, blob.size);
        if (!text)
                return -ENOMEM;
        if (strlen(text) != blob.size || has_control_character(text))
                return json_refuse(at, "auth: has a control character");

        char *colon = strchr(text, ':');
        if (!colon)
                return json_refuse(at, "auth: not a user and a password with a colon between them");
        *colon = '\0';

        e->credentials.user = secret_free(e->credentials.user);
        e->credentials.password = secret_free(e->credentials.password);
        r = str_copy(text, &e->credentials.user);
        return r < 0 ? r : str_copy(colon + 1, &e->credentials.password);
}

static int check_credentials(const Credentials *c, const JsonPath *at) {
        if (c->identity_token)
                return 0;
        if (c->password && (!c->user || c->user[0] == '\0'))
                return json_refuse(at, "a password without a user");
        if (c->user && strchr(c->user, ':'))
                return json_refuse(at, "username: has a colon");

        return 0;
}

static int decode_credentials(const Json *value, void *member, const JsonPath *at) {
        _cleanup_(raw_entry_done) RawEntry e = {};
        Credentials *credentials = member;

        int r = json_decode_object(value, entry_fields, &e, at);
        if (r >= 0 && e.auth)
                r = split_auth(&e, at);
        if (r >= 0)
                r = check_credentials(&e.credentials, at);
        if (r < 0)
                return r;

        *credentials = e.credentials;
        e.credentials = (Credentials) {};
        return 0;
}

static bool says_something(const Credentials *c) {
        return c->identity_token || (c->user && c->password);
}

/* Keys that are no places belong to somebody else, and entries without a secret say that a helper has it. */
static int add_entry(AuthFile *f, const char *key, Credentials *taken) {
        _cleanup_free_ char *normalised = NULL;

        int r = auth_key_normalise(key, &normalised);
        if (r == -EINVAL || (r >= 0 && !says_something(taken)))
                return 0;
        if (r < 0)
                return r;

        AuthEntry *grown = reallocarray(f->entries, f->n_entries + 1, sizeof(AuthEntry));
        if (!grown)
                return -ENOMEM;

        f->entries = grown;
        f->entries[f->n_entries++] = (AuthEntry) { .key = TAKE_PTR(normalised), .credentials = *taken };
        *taken = (Credentials) {};
        return 0;
}

static int decode_entries(const Json *value, void *target, const JsonPath *at) {
        const Json *entry;
        const char *key;

        if (json_kind(value) != JSON_KIND_OBJECT)
                return json_refuse(at, "not an object");
        if (json_length(value) > ENTRIES_MAX)
                return json_refuse(at, "more than %u entries", ENTRIES_MAX);

        for (void *i = NULL; json_next(value, &i, &key, &entry);) {
                _cleanup_credentials_ Credentials credentials = {};
                _cleanup_free_ char *why = NULL;

                int r = json_decode(entry, decode_credentials, &credentials, &why);
                if (r == -EBADMSG)
                        return json_refuse(at, "\"%s\": %s", key, why);
                if (r >= 0)
                        r = add_entry(target, key, &credentials);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* It becomes a part of a program's name. */
static bool helper_is_valid(const char *name) {
        return in_charset(name, LOWERCASE UPPERCASE DIGITS "._-");
}

static int decode_helpers(const Json *value, void *member, const JsonPath *at) {
        _cleanup_pairs_ Pairs all = {};
        Pairs *helpers = member;

        int r = json_decode_map(value, &all, at);
        for (size_t i = 0; r >= 0 && i < all.n; i++) {
                _cleanup_free_ char *host = NULL;

                if (!helper_is_valid(all.items[i].value))
                        return json_refuse(at, "\"%s\": not the name of a credential helper",
                                           all.items[i].name);
                r = auth_key_normalise(all.items[i].name, &host);
                if (r >= 0)
                        r = pairs_add(helpers, host, all.items[i].value);
                else if (r == -EINVAL)
                        r = 0;
        }

        return r;
}

static int decode_store(const Json *value, void *member, const JsonPath *at) {
        const char *name = json_text(value);

        if (!name || (name[0] != '\0' && !helper_is_valid(name)))
                return json_refuse(at, "not the name of a credential helper");

        return name[0] == '\0' ? 0 : str_copy(name, member);
}

/* The entries are decoded into the whole of it. */
static const JsonField file_fields[] = {
        { "auths", decode_entries, 0 },
        { "credHelpers", decode_helpers, offsetof(AuthFile, helpers) },
        { "credsStore", decode_store, offsetof(AuthFile, store) },
        {},
};

static int decode_file(const Json *value, void *target, const JsonPath *at) {
        return json_decode_object(value, file_fields, target, at);
}

static int parse_with(const void *data, size_t size, JsonDecode decode, AuthFile *ret, char **reterr_why) {
        _cleanup_auth_file_ AuthFile f = {};

        int r = json_parse_into(data, size, decode, &f, reterr_why);
        if (r < 0)
                return r;

        *ret = f;
        f = (AuthFile) {};
        return 0;
}

int auth_file_parse(const void *data, size_t size, AuthFile *ret, char **reterr_why) {
        return parse_with(data, size, decode_file, ret, reterr_why);
}

int auth_file_parse_legacy(const void *data, size_t size, AuthFile *ret, char **reterr_why) {
        return parse_with(data, size, decode_entries, ret, reterr_why);
}

const AuthEntry *auth_file_find(const AuthFile *f, const char *name) {
        const AuthEntry *best = NULL;
        ssize_t length = -1;

        for (size_t i = 0; i < f->n_entries; i++) {
                ssize_t n = host_path_match(f->entries[i].key, name);
                if (n > length) {
                        best = &f->entries[i];
                        length = n;
                }
        }

        return best;
}

static int parse_for_edit(const void *data, size_t size, Json **ret, char **reterr_why) {
        _cleanup_auth_file_ AuthFile f = {};

        if (size == 0) {
                *ret = json_new_object();
                return *ret ? 0 : -ENOMEM;
        }

        int r = auth_file_parse(data, size, &f, reterr_why);
        return r < 0 ? r : json_parse(data, size, ret, reterr_why);
}

/* A key of the object that is a spelling of `key` (NULL: any key), but not `keep` (may be NULL) itself. */
static int find_spelling(const Json *auths, const char *key, const char *keep, const char **ret) {
        const char *spelling;
        const Json *entry;

        for (void *i = NULL; json_next(auths, &i, &spelling, &entry);) {
                _cleanup_free_ char *normalised = NULL;

                if (streq_ptr(spelling, keep))
                        continue;
                int r = key ? auth_key_normalise(spelling, &normalised) : 0;
                if (r == -ENOMEM)
                        return r;
                if (!key || (r >= 0 && streq(normalised, key))) {
                        *ret = spelling;
                        return 1;
                }
        }

        return 0;
}

/* 1 if there were any. */
static int remove_spellings(Json *auths, const char *key, const char *keep) {
        const char *spelling;
        int r, found = 0;

        while ((r = find_spelling(auths, key, keep, &spelling)) > 0) {
                _cleanup_free_ char *copy = strdup(spelling); /* the object's own goes with the member */
                if (!copy)
                        return -ENOMEM;
                json_remove(auths, copy);
                found = 1;
        }

        return r < 0 ? r : found;
}

static int encode_auth(const char *user, const char *password, char **ret) {
        _cleanup_secret_ char *pair = NULL;

        int r = str_printf(&pair, "%s:%s", user, password);
        return r < 0 ? r : base64_encode(cursor_of(pair, strlen(pair)), ret);
}

static int new_entry(const char *user, const char *password, Json **ret) {
        _cleanup_json_ Json *entry = json_new_object();
        _cleanup_secret_ char *auth = NULL;

        if (!entry)
                return -ENOMEM;

        int r = encode_auth(user, password, &auth);
        if (r >= 0)
                r = json_set_string(entry, "auth", auth);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(entry);
        return 0;
}

/* The member "auths" of the document, made if it is missing. */
static int open_auths(Json *document, Json **ret) {
        if (!json_get(document, "auths")) {
                int r = json_set(document, "auths", json_new_object());
                if (r < 0)
                        return r;
        }

        *ret = json_ref(json_get(document, "auths"));
        return 0;
}

int credentials_check(const char *user, const char *password, char **reterr_why) {
        const char *why = NULL;

        if (user[0] == '\0')
                why = "no user name";
        else if (strchr(user, ':'))
                why = "a user name has no colon";
        else if (has_control_character(user) || has_control_character(password))
                why = "a control character in the user name or password";
        if (!why)
                return 0;

        return reterr_why && str_copy(why, reterr_why) < 0 ? -ENOMEM : -EINVAL;
}

int auth_file_set(const void *data, size_t size, const char *key, const char *user, const char *password,
                  Blob *ret, char **reterr_why) {
        _cleanup_json_ Json *document = NULL, *auths = NULL, *entry = NULL;
        _cleanup_auth_file_ AuthFile again = {};
        _cleanup_blob_ Blob edited = {};

        int r = credentials_check(user, password, reterr_why);
        if (r >= 0)
                r = parse_for_edit(data, size, &document, reterr_why);
        if (r >= 0)
                r = open_auths(document, &auths);
        if (r >= 0)
                r = new_entry(user, password, &entry);
        if (r >= 0)
                r = remove_spellings(auths, key, /* keep= */ key);
        if (r >= 0)
                r = json_set(auths, key, TAKE_PTR(entry));
        if (r >= 0)
                r = json_format(document, /* pretty= */ true, &edited);
        if (r >= 0) /* one entry too many, or too long a password: nobody could read it again */
                r = auth_file_parse(edited.data, edited.size, &again, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_BLOB(edited);
        return 0;
}

int auth_file_remove(const void *data, size_t size, const char *key, Blob *ret, char **reterr_why) {
        _cleanup_json_ Json *document = NULL, *auths = NULL;

        int r = parse_for_edit(data, size, &document, reterr_why);
        if (r < 0)
                return r;

        auths = json_ref(json_get(document, "auths"));
        r = remove_spellings(auths, key, /* keep= */ NULL);
        if (r <= 0)
                return r;

        r = json_format(document, /* pretty= */ true, ret);
        return r < 0 ? r : 1;
}
