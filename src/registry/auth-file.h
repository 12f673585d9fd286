/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "image/pairs.h"

#define AUTH_FILE_MAX (1024U * 1024U)

/* What a registry is told. Either a user and a password, or an identity token, for which a token server gives
 * another; the user may then be there, too. */
typedef struct Credentials {
        char *user, *password, *identity_token;
} Credentials;

void credentials_done(Credentials *c); /* wipes them */
#define _cleanup_credentials_ _cleanup_(credentials_done)

typedef struct AuthEntry {
        char *key; /* as auth_key_normalise() has it */
        Credentials credentials;
} AuthEntry;

/* auth.json of containers-auth.json(5), config.json of docker. */
typedef struct AuthFile {
        AuthEntry *entries;
        size_t n_entries;
        Pairs helpers; /* of a host, normalised: NAME, which docker-credential-NAME is asked */
        char *store;   /* the helper for all hosts, or NULL */
} AuthFile;

/* -EBADMSG and *reterr_why (may be NULL) if it is none; what is secret is never in the text. */
int auth_file_parse(const void *data, size_t size, AuthFile *ret, char **reterr_why);

/* The same for ~/.dockercfg, which is what "auths" is in the others. */
int auth_file_parse_legacy(const void *data, size_t size, AuthFile *ret, char **reterr_why);

void auth_file_done(AuthFile *f);
#define _cleanup_auth_file_ _cleanup_(auth_file_done)

/* The entry for host/repository or the longest of its parents down to the host, NULL if there is none.
 * `name` is normalised: "quay.io/coreos/etcd". */
const AuthEntry *auth_file_find(const AuthFile *f, const char *name);

/* The one spelling of a key: "https://index.docker.io/v1/" is "docker.io". -EINVAL if it is no place. */
int auth_key_normalise(const char *key, char **ret);

/* Whether they can be written and sent: -EINVAL and *reterr_why (may be NULL) if there is no user, a colon in
 * its name, or a control character. */
int credentials_check(const char *user, const char *password, char **reterr_why);

/* The document with `key` (normalised) set to a user and password, all spellings of the key replaced by one
 * and everything else as it was. No document at all is an empty one. Fails as credentials_check() and
 * auth_file_parse(). */
int auth_file_set(const void *data, size_t size, const char *key, const char *user, const char *password,
                  Blob *ret, char **reterr_why);

/* The document without `key` (NULL: without any). Returns 1, or 0 if there was none: *ret is then unset. */
int auth_file_remove(const void *data, size_t size, const char *key, Blob *ret, char **reterr_why);
