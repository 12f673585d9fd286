/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry/auth-file.h"

/* The file that a login or logout changes. It is locked from when it is opened, against others of us. */
typedef struct AuthStore {
        char *path;
        int dir_fd;
        Blob text;
        AuthFile parsed;
} AuthStore;

/* These log. 0 or -errno. */

/* Opens what --authfile= (may be NULL) or the environment names, or else the user's own; a directory that is
 * missing is made. */
int auth_store_open(const char *authfile, AuthStore *ret);
void auth_store_close(AuthStore *s);
#define _cleanup_auth_store_ _cleanup_(auth_store_close)

/* The helper that keeps the credentials of `key`, or NULL if the file does. */
const char *auth_store_helper(const AuthStore *s, const char *key);

int auth_store_set(AuthStore *s, const char *key, const char *user, const char *password);

/* NULL for all keys. Returns 1, or 0 if there was nothing to remove. */
int auth_store_remove(AuthStore *s, const char *key);
