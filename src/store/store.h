/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* The tree below /var/lib/gantry (DESIGN.md section 5): the only code that writes it. Every write is made
 * whole under a temporary name, fsynced and then published by one rename or link. */
typedef struct Store Store;

typedef enum StoreFlags {
        STORE_CREATE = 1 << 0, /* make what is missing of the tree; else a missing one is -ENOENT */
} StoreFlags;

/* Opens the tree at the absolute path `root`. -EPERM: it is another user's than ours or root's, or everybody's. */
int store_open(const char *root, StoreFlags flags, Store **ret);
Store *store_close(Store *s);
DEFINE_CLEANUP(Store, store_close)

typedef struct StoreError {
        char text[128];
} StoreError;

/* Why store_open() has failed, in better words than those of strerror(3). */
StoreError store_strerror(const char *root, int error);

/* The path given to store_open(), for messages. */
const char *store_path(const Store *s);

/* Directories of the tree, owned by the store. */
int store_root_fd(const Store *s);
int store_incoming_fd(const Store *s);
int store_images_fd(const Store *s);
int store_layers_fd(const Store *s);
int store_pods_fd(const Store *s); /* the phases are below it; -EACCES for all but root */

/* Makes a directory of its own in the quarantine, mode 0700, owned by `user` if the caller is root.
 * Returns its fd and its name below incoming/ (owned by the caller); it holds a lock on the fd, so gc
 * leaves it alone while the fd is open. */
int store_incoming_new(Store *s, const char *user, char **ret_name);

/* Empties and removes it. -ENOENT is success. */
int store_incoming_remove(Store *s, const char *name);
