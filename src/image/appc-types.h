/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/json-table.h"
#include "image/pairs.h"

/* The scalar types of the App Container spec 0.8.11 and the lists that its documents share. */

#define APPC_DOCUMENT_MAX (4U * 1024U * 1024U)
#define APPC_VERSION "0.8.11" /* what we write */

bool appc_identifier_is_valid(const char *s); /* "example.com/hello" */
bool appc_name_is_valid(const char *s);       /* "product-database" */
bool appc_version_is_valid(const char *s);    /* SemVer 2.0.0, not 0.0.0 */
bool appc_date_is_valid(const char *s);       /* RFC 3339 date-time */

/* Absolute paths, compared by component: "//", "." and a trailing slash do not matter. Overlapping ones are
 * equal, or one lies below the other. */
bool appc_paths_equal(const char *a, const char *b);
bool appc_paths_overlap(const char *a, const char *b);

/* OCI's architecture and variant (may be NULL) in appc's words: "arm64" → "aarch64". NULL if it has none. */
const char *appc_architecture_of(const char *architecture, const char *variant);

/* JSON decoders and encoders for members of these types. */
int appc_decode_identifier(const Json *value, void *member, const JsonPath *at);  /* char * */
int appc_decode_name(const Json *value, void *member, const JsonPath *at);        /* char * */
int appc_decode_version(const Json *value, void *member, const JsonPath *at);     /* char * */
int appc_decode_path(const Json *value, void *member, const JsonPath *at);        /* char *, absolute */
int appc_decode_target(const Json *value, void *member, const JsonPath *at);      /* char *, without ".." */
int appc_decode_labels(const Json *value, void *member, const JsonPath *at);      /* Pairs */
int appc_decode_annotations(const Json *value, void *member, const JsonPath *at); /* Pairs */
int appc_decode_environment(const Json *value, void *member, const JsonPath *at); /* Pairs */

/* Writes Pairs as a list of {name, value}. */
int appc_encode_pairs(const void *member, Json **ret);
