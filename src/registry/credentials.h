/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry/auth-file.h"

/* Finds the credentials for `name`, a host or host/repository, normalised. `authfile` (--authfile=) or else
 * $REGISTRY_AUTH_FILE is the only file that is asked; without them it is the first of the usual ones that has
 * an answer: gantry-login(1). Returns 1, or 0 if there are none. Files that are not there are passed over
 * unless they were named; one that cannot be used is an error, and *reterr_why (may be NULL) names it.
 * *ret_file (may be NULL) is where they come from. */
int credentials_find(const char *authfile, const char *name, Credentials *ret, char **ret_file,
                     char **reterr_why);

/* The file that login writes: the one named as above, else the user's own auth.json, which lasts. */
int credentials_own_file(const char *authfile, char **ret);

/* Reads a file for a login or logout. One that is not there is as good as an empty one. */
int credentials_read(const char *path, Blob *ret, AuthFile *ret_parsed, char **reterr_why);

/* The helper that a file names for a host or what is below it; NULL if there is none. */
const char *credentials_helper(const AuthFile *f, const char *name);
