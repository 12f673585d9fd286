/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "pod/pod-dir.h"

/* apps/APP/layers of a pod: what the app's root is stacked of, bottom first, an ID a line. */

/* Makes apps/APP with it. Not synced: pod_dir_commit() does that. */
int app_layers_write(const PodDir *p, const char *app, const Digest *layers, size_t n);

/* The array is owned by the caller. -EBADMSG if that is not what it is. */
int app_layers_read(const PodDir *p, const char *app, Digest **ret, size_t *ret_n);
