/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"
#include "pod/pod-dir.h"
#include "store/store.h"

/* What the tools that look at and act on pods share. These log; they belong to programs. */

/* Opens the store at --root=. */
int pod_tool_open(Store **ret);

/* Finds the pod people mean by `name`, or says that there is none. */
int pod_tool_find(Store *s, const char *name, PodDir *ret);

/* Finds the one pod that is named, for tools that want exactly one. */
int pod_tool_one(char *const *names, PodDir *ret);

/* Runs `act` for every name of a list, all of them even if one fails; the first failure is returned.
 * -EINVAL if there is none. */
int pod_tool_each(char *const *names, int (*act)(Store *s, const char *name));

/* The pod's apps by name, in the order of pod.json. strv, owned by the caller. */
int pod_tool_apps(const PodDir *p, char ***ret);

/* The app that is meant by --app=, or without that (NULL) the only one. Says which there are if that is none, or not enough. */
int pod_tool_choose_app(const PodDir *p, const char *app, char **ret);

/* What the pod's directory has of an app. Returns the fd; -ENOENT: the pod was never started. */
int pod_tool_open_app(const PodDir *p, const char *app);
