/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/http.h"
#include "registry-client/patience.h"

/* What is needed to ask anybody. */
typedef struct Net {
        const Access *access;
        Http *http;
        const Caller *caller;
} Net;

/* An endpoint that is being asked: over which scheme, and as whom. */
typedef struct Place {
        const Endpoint *endpoint; /* borrowed */
        Url base;                 /* https://HOST/ */
        char *authorization;      /* what got us in last, or NULL */
        bool answered;            /* over this scheme: it is not changed any more */
        bool has_signatures;      /* it has said that it keeps signatures itself */
        bool lacks_referrers;     /* it has shown that it does not know of lists of referrers */
} Place;

int place_new(const Endpoint *e, Place *ret, char **reterr_why);
void place_done(Place *p);

/* What the user knows it by: whose password `gantry login` asks for. */
const char *place_name(const Place *p);

/* Asks for `path` there, again if that may help, with a login if one is wanted. `scope` is what a token is
 * wanted for if the place does not say ("repository:NAME:pull"), may be NULL. The answer may have any
 * status. */
int place_request(Place *p, const Net *net, HttpRequest *q, const char *path, const char *scope,
                  HttpResponse *ret, char **reterr_why);
