/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* An http or https URL that may be asked: no user name or password in it, no fragment. */
typedef struct Url {
        char *text;      /* all of it, normalised */
        char *authority; /* "registry.example:5000", as it is named in messages and below certs.d */
        char *origin;    /* "https://registry.example:5000", port always given */
        bool https;
        bool loopback; /* the host is 127.0.0.0/8, ::1 or localhost */
} Url;

void url_done(Url *u);
#define _cleanup_url_ _cleanup_(url_done)

/* Parses `text`, which may be relative to `base` (may be NULL). -EINVAL if it is not such a URL. */
int url_parse(const char *text, const Url *base, Url *ret);

/* Appends `name=value` to the query, encoded. */
int url_add_query(Url *u, const char *name, const char *value);

/* Same scheme, host and port. */
bool url_same_origin(const Url *a, const Url *b);
