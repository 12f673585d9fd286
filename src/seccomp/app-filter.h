/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "image/appc-pod.h"

/* The filter of an app of a pod, as its manifest has it; `app_fd` is its directory in the pod's, where a profile of its own
 * is "seccomp.json". The app's annotation counts before the isolators that its image may have.
 * 0, 1 if it is to have none, or -errno and *reterr_why. prepare asks, too: what is wrong is said then, and the filter is in
 * the cache when the pod starts. */
int seccomp_app_filter(const AppcPodApp *app, int app_fd, Blob *ret, char **reterr_why);

#define SECCOMP_PROFILE_NAME "seccomp.json"
