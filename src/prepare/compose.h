/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"
#include "settings/settings.h"

/* What is asked of a pod, put together with what its image says of itself. */

/* Completes the manifest of a pod, whose apps are those of the settings, in the same order, and are as their images have them so far
 * (settings/oci-app.h). `store` is the path of the store, below which named volumes are. -EINVAL and *reterr_why: the two do not go
 * together. */
int compose_pod(const PodSettings *s, const char *store, AppcPod *pod, char **reterr_why);

/* Its parts: of each app, in this order, … */
int compose_app(const AppSettings *a, AppcPodApp *app, char **reterr_why);
int compose_confinement(const AppSettings *a, AppcPodApp *app, char **reterr_why);
int compose_volumes(const PodSettings *s, const AppSettings *a, const char *store, AppcPod *pod,
                    AppcPodApp *app);
int compose_service(const PodSettings *s, const AppSettings *a, AppcPodApp *app);

/* … and then of the pod. */
int compose_resources(const PodSettings *s, const char *store, AppcPod *pod, char **reterr_why);
int compose_ports(const PodSettings *s, AppcPod *pod, char **reterr_why);
int compose_filters(const PodSettings *s, const AppcPod *pod, char **reterr_why);
int compose_sockets(const PodSettings *s, AppcPod *pod);

/* Where the host listens for this port of an app, if that is to be activated by it; else NULL. */
const AppcPodPort *pod_port_of(const AppcPod *pod, const AppcPort *port);

/* Returns `error`, having said which of several apps it is about. */
int refuse_app(const AppcPod *pod, const AppcPodApp *app, int error, const char *why, char **reterr_why);

/* A list as an annotation, one item a line; an empty one is none. */
int annotate_list(Pairs *annotations, const char *name, char *const *list);

/* An isolator of an app or a pod, in place of what is there of that name. The value is taken, also on failure; NULL fails
 * with -ENOMEM. */
int isolator_set(AppcIsolator **isolators, size_t *n, const char *name, Json *value);
void isolator_remove(AppcApp *app, const char *name);
