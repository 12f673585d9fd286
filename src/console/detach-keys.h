/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* The keys that leave a terminal, one after the other: "ctrl-p,ctrl-q", "ctrl-]", "x,y"; "" for none. */
#define DETACH_KEYS_DEFAULT "ctrl-p,ctrl-q"
#define DETACH_KEYS_MAX 8

typedef struct DetachKeys {
        size_t n, seen; /* how many there are, and how many of them have been typed */
        char keys[DETACH_KEYS_MAX];
} DetachKeys;

/* -EINVAL if that is not what it is. */
int detach_keys_parse(const char *text, DetachKeys *ret);

/* Looks at what is typed. Stores what is for the app, with what was held back before, since it might have been the keys: at most
 * `n` + DETACH_KEYS_MAX bytes. True once all have been typed; then the rest of `typed` is dropped. */
bool detach_keys_feed(DetachKeys *k, const char *typed, size_t n, char *ret, size_t *ret_n);
