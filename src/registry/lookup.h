/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/reference.h"
#include "registry/access.h"
#include "registry/limits.h"

/* All that is configured, put together. -EPERM and *reterr_why (may be NULL) if a rule blocks it; other errors
 * name the file that cannot be used. `agent` is that of registry/credential-agent.h. */

/* For an image of a registry: its mirrors, then the place itself; and the lookaside. `plain_http` is about the latter
 * only. */
int access_for_image(const Reference *ref, int agent, const FetchLimits *limits, bool plain_http,
                     Access *ret, char **reterr_why);

/* For a host[:port], about URLs and discovery. `plain_http` is --insecure… of the caller. */
int access_for_host(const char *host, int agent, const FetchLimits *limits, bool plain_http, Access *ret,
                    char **reterr_why);

/* The same with a user and password that are in no file yet. */
int access_for_login(const char *host, const FetchLimits *limits, const char *user, const char *password,
                     Access *ret, char **reterr_why);
