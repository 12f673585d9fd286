/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry/access.h"

#define FETCH_PARALLEL_MAX 16U /* layers at a time */

/* How much of an image is taken in, and how patiently: gantry-fetch.conf(5). */
typedef struct FetchLimits {
        uint64_t manifest_max; /* bytes */
        uint64_t config_max;   /* bytes */
        uint64_t index_entries_max;
        uint64_t layers_max;
        uint64_t compressed_max; /* bytes of all layers */
        uint64_t unpacked_max;   /* bytes of all layers */
        uint64_t headers_max;    /* bytes */
        uint64_t redirects_max;
        uint64_t parallel_layers;
        uint64_t timeout; /* seconds */
        uint64_t retries;
} FetchLimits;

/* What counts when nothing is configured. */
FetchLimits fetch_limits_default(void);

/* Changes what a file says. -EBADMSG and *reterr_why (may be NULL), which begins with `file`, if it cannot be
 * used. */
int fetch_limits_parse(FetchLimits *limits, const char *file, const void *text, size_t size,
                       char **reterr_why);

/* fetch.conf, fetch.conf.d/ (*.conf) and $GANTRY_FETCH_TIMEOUT. */
int fetch_limits_load(FetchLimits *ret, char **reterr_why);

/* Those that registry-client has to know. */
ClientLimits fetch_limits_of_client(const FetchLimits *limits);
