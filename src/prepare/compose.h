/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"
#include "pod/settings.h"

/* What is asked of a pod, put together with what its image says of itself. */

/* The manifest of a pod of one app, which is as its image has it so far (pod/oci-app.h) and is taken, also on failure.
 * `store` is the path of the store, below which named volumes are. -EINVAL and *reterr_why: the two do not go together. */
int compose_pod(const PodSettings *s, const char *store, AppcPodApp *app, AppcPod **ret, char **reterr_why);

/* Its parts, in this order. */
int compose_app(const PodSettings *s, AppcPodApp *app, char **reterr_why);
int compose_confinement(const PodSettings *s, AppcPodApp *app, char **reterr_why);
int compose_volumes(const PodSettings *s, const char *store, AppcPod *pod, char **reterr_why);
int compose_resources(const PodSettings *s, AppcPod *pod, char **reterr_why);
int compose_network(const PodSettings *s, AppcPod *pod);

/* A list as an annotation, one item a line; an empty one is none. */
int annotate_list(Pairs *annotations, const char *name, char *const *list);

/* An isolator of an app or a pod, in place of what is there of that name. The value is taken, also on failure; NULL fails
 * with -ENOMEM. */
int isolator_set(AppcIsolator **isolators, size_t *n, const char *name, Json *value);
void isolator_remove(AppcApp *app, const char *name);
