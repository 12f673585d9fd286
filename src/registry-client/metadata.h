/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/reference.h"
#include "registry-client/place.h"
#include "registry-client/source.h"

typedef struct Platform {
        const char *os, *architecture, *variant; /* variant: NULL if there is none */
} Platform;

/* Gets what the policy decides on and writes it below `dir_fd`: "index" (the one that lists the manifest, if
 * the reference leads to one), "manifest", and in signatures/ what signatures_find() finds for both. A digest
 * in the reference and the indexes' own digests are checked over the bytes written. If these files are there
 * already they are what the caller knows, and stay if nothing has changed. */
int metadata_fetch(Source *s, const Net *net, const Reference *ref, const Platform *platform, int dir_fd,
                   char **reterr_why);
