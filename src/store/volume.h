/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

/* volumes/NAME, a plain name: what pods keep beyond their end. Its files are in data/, with the ids that apps see; the file new
 * says that no pod has used it yet. Nobody but root gets in, and nothing but `gantry volume rm` removes it. */

/* Which volume's the source is that a pod.json has; NULL if none's. */
const char *volume_of_source(const Store *s, const char *source, size_t *ret_size);

/* Makes it if it is not there: 1, else 0. The caller holds the store's lock (store/lock.h) until a pod refers to it. */
int volume_make(Store *s, const char *name);

/* Opens volumes/NAME. Returns the fd. */
int volume_open(Store *s, const char *name);

/* By name, sorted; strv, owned by the caller. */
int volume_list(Store *s, char ***ret);

/* Takes its name from it, under the store's lock: -ENOENT. What was in it is deleted by the second call, without the lock. */
int volume_remove(Store *s, const char *name, char **ret_remains);
int volume_delete(Store *s, const char *remains);
