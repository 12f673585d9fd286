/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Names with values, in the order of the document: labels, annotations, environment. */
typedef struct Pair {
        char *name, *value;
} Pair;

typedef struct Pairs {
        Pair *items;
        size_t n;
} Pairs;

/* Frees the contents; {} is the empty one. */
void pairs_done(Pairs *p);
#define _cleanup_pairs_ _cleanup_(pairs_done)

/* The value of `name`, or NULL. */
const char *pairs_get(const Pairs *p, const char *name);

/* Appends copies; whether the name is there already is not looked at. 0 or -ENOMEM. */
int pairs_add(Pairs *p, const char *name, const char *value);

/* Replaces the value in place, or appends. 0 or -ENOMEM. */
int pairs_set(Pairs *p, const char *name, const char *value);

/* A name that comes twice, or NULL. */
const char *pairs_find_duplicate(const Pairs *p);
