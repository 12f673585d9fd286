/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

/* The lock between those who are about to refer to what is in the store and those who remove it. Shared:
 * what is looked up now stays until the lock is given back or something that lasts refers to it (a pod, an
 * image that is locked or has a name). Exclusive: what nothing refers to may be made invisible.
 *
 * Held for moments: never while waiting for the network, nor while something large is deleted or read. */
typedef enum StoreLock {
        STORE_SHARED,
        STORE_EXCLUSIVE,
} StoreLock;

/* Waits for it. Returns an fd whose closing gives it back, or -errno. */
int store_lock(Store *s, StoreLock how);
