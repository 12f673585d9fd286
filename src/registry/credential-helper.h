/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry/auth-file.h"

/* docker-credential-NAME, found in PATH and run as whoever we are. `key` is a normalised key of auth.json.
 * *reterr_why (may be NULL) names the program, and nothing that it said. */

/* Returns 1 with the credentials, 0 if it has none. */
int credential_helper_get(const char *name, const char *key, Credentials *ret, char **reterr_why);

int credential_helper_store(const char *name, const char *key, const char *user, const char *password,
                            char **reterr_why);

/* Returns 1, or 0 if it had none. */
int credential_helper_erase(const char *name, const char *key, char **reterr_why);
