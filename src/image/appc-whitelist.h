/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "image/digest.h"

/* What of an image is kept: paths below its root, clean ("etc/passwd"), sorted, each once. Where one may be missing,
 * NULL keeps everything; an empty one keeps nothing but the root. */
typedef struct AppcWhitelist {
        char **paths;
        size_t n;
} AppcWhitelist;

/* Frees the contents; {} is the empty one. */
void appc_whitelist_done(AppcWhitelist *w);
#define _cleanup_whitelist_ _cleanup_(appc_whitelist_done)

/* Of a manifest's absolute paths; as in the spec's own code, ".." takes the component before it away. */
int appc_whitelist_of(char *const *paths, AppcWhitelist *ret);

/* What is in both. */
int appc_whitelist_intersect(const AppcWhitelist *a, const AppcWhitelist *b, AppcWhitelist *ret);

/* Either may be NULL. */
bool appc_whitelist_equal(const AppcWhitelist *a, const AppcWhitelist *b);

/* Exactly this path: a directory in the list does not keep what is in it. */
bool appc_whitelist_has(const AppcWhitelist *w, const char *path);

/* Whether anything below this directory is in it. */
bool appc_whitelist_reaches(const AppcWhitelist *w, const char *path);

/* For handing it to another program: each path with a NUL behind it. Parsing takes nothing else: -EBADMSG. */
int appc_whitelist_format(const AppcWhitelist *w, Blob *ret);
int appc_whitelist_parse(const void *data, size_t size, AppcWhitelist *ret);

/* The ID of the layer that has of the image's own one only what is kept. */
int appc_whitelist_layer_id(const Digest *image, const AppcWhitelist *kept, Digest *ret);
