/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/challenge.h"
#include "registry-client/http.h"

/* Gets a bearer token as the challenge says, anonymously, to read `repository`. `registry` is who sent
 * the challenge: a realm has to be https unless the registry itself is on this machine's loopback and
 * speaks plain http. */
int token_get(Http *h, const Url *registry, const char *repository, const Challenge *challenge, char **ret,
              char **reterr_why);
