/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/json-table.h"

typedef struct AppcIsolator {
        char *name;  /* AC Identifier, known to us or not */
        Json *value; /* any JSON; NULL if absent */
} AppcIsolator;

void appc_isolators_free(AppcIsolator *isolators, size_t n);

/* The value of the isolator of that name (the first), or NULL. Borrowed. */
const Json *appc_isolator_get(const AppcIsolator *isolators, size_t n, const char *name);

/* A quantity ("1.5Gi", "250m", 0.3) times `scale`, rounded up: 1 gives bytes, 1000 gives thousandths of a
 * processor. -EINVAL if it is none or negative, -ERANGE beyond 2^63-1. */
int appc_quantity(const Json *value, uint64_t scale, uint64_t *ret);

/* JSON: one AppcIsolator. Unknown names pass; a known isolator's value must be what the spec says. */
int appc_decode_isolator(const Json *value, void *member, const JsonPath *at);
int appc_encode_isolator(const void *member, Json **ret);

/* What the spec says of the isolators of one app: some come once only, some exclude each other. */
int appc_isolators_check(const AppcIsolator *isolators, size_t n, const JsonPath *at);
