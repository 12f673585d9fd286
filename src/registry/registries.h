/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry/access.h"

#define REGISTRY_FILE_MAX (64 * 1024U)

/* A place to ask instead of, or before, the one that an image is named after. */
typedef struct RegistryPlace {
        char *location; /* "host[:port][/path]", or NULL: as the image is named */
        bool insecure;
        EndpointUse use;
} RegistryPlace;

/* What the administrator says of the images below one name: gantry-registries.d(5). */
typedef struct RegistryRule {
        char *file;
        char *prefix; /* "quay.io/coreos", "*.example.com" */
        bool blocked;
        char *lookaside; /* as lookaside_parse() gave it; NULL if there is none */
        RegistryPlace place;
        RegistryPlace *mirrors; /* in the order in which they are to be asked */
        size_t n_mirrors;
} RegistryRule;

typedef struct Registries {
        RegistryRule *rules;
        size_t n_rules;
} Registries;

void registries_done(Registries *r);
#define _cleanup_registries_ _cleanup_(registries_done)

/* Adds the rule of one file. -EBADMSG and *reterr_why (may be NULL), which begins with `file`, if it cannot be
 * used or has the prefix of an earlier one. */
int registries_add(Registries *r, const char *file, const void *text, size_t size, char **reterr_why);

/* Reads registries.d/ (*.conf). One file that cannot be used is the end of it: who knows what it would have
 * forbidden. */
int registries_load(Registries *ret, char **reterr_why);

/* The rule that governs `name` ("quay.io/coreos/etcd", or a host alone): the longest prefix of whole
 * components, a wildcard after what is spelt out. NULL if there is none. */
const RegistryRule *registries_match(const Registries *r, const char *name);

/* Where `name`, which the rule governs, is asked for: what the prefix covers is replaced by the location. */
int registry_place_rewrite(const RegistryRule *rule, const RegistryPlace *place, const char *name,
                           char **ret);
