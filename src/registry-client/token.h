/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/challenge.h"
#include "registry-client/http.h"

/* "Basic …" of an endpoint's user and password. */
int basic_authorization(const Endpoint *e, char **ret);

/* Gets a bearer token as the challenge says, with what `e` has to log in with, else anonymously. `scope` is
 * what is wanted if the challenge does not say (may be NULL). `registry` is who sent the challenge: a realm has to be https
 * unless the registry itself is asked over plain http on this very host. */
int token_get(Http *h, const Url *registry, const Endpoint *e, const char *scope, const Challenge *challenge,
              char **ret, char **reterr_why);
