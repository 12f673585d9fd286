/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* The app's root as the pod will see it: with the file systems that nspawn mounts over it, and with what is mounted in it
 * so far. Here it is looked up where the next thing is to be mounted; the pod itself gets what stage_bind() says. On the host it is the
 * root that the app has: with the file systems of the host. */

/* Mounts it, in the workshop; sets `view_fd`. */
int view_open(StageApp *a);

/* Where `path` leads (target.h); what has to be made is the pod's root's. -EACCES: nothing may be mounted there; -EBUSY: something
 * is; -ENOTEMPTY: something is below, and would be hidden; -EXDEV: the host would see it, too; else as target_resolve(). */
int view_find_target(StageApp *a, const char *path, mode_t kind, char **ret);

/* Mounts the detached `tree` in the app's place, shows it at a resolved target, and has the pod do the same. */
int view_mount(StageApp *a, int tree, const char *target);

/* The same of what is mounted, or lies, at `name` in the place. */
int view_bind(StageApp *a, bool read_only, const char *name, const char *target);

/* A directory of the place, read-only, where nobody else may mount anything. */
int view_bind_reserved(StageApp *a, const char *name, const char *target);
