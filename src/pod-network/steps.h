/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/pod-network.h"
#include "pod/pod-dir.h"
#include "store/store.h"

/* What pod-network does. Those called pod… log what fails, but for pod_begin_note(). */

/* Has the pod be in its networks, by the namespace whose path this is: in all or in none. */
int pod_join(Store *store, const PodDir *p, const char *namespace);

/* Begins the note of what it is going to be in, when no port of it is taken. */
int pod_begin_note(Store *store, const PodDir *p, const PodNetwork *n, char **reterr_why);

/* Has it be in none any more. What a plugin cannot take back is said, and forgotten. */
int pod_leave(const PodDir *p);

/* Makes the pod's hosts(5), in which names_update() will put the names of others. */
int names_begin(const PodDir *p, const AppcPod *pod, const PodNetwork *n);

/* Has all pods that run have the names of those they have a network in common with. */
int names_update(Store *store);

/* Makes again what pods that run have lost. */
int pods_renew(Store *store);
