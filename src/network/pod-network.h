/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"
#include "network/attachment.h"

/* The networks that a pod is in, and the note of them in its directory. It is written before a plugin is called, and removed when the last one
 * has taken everything back: so there is nothing that nobody knows of. */
typedef struct PodNetwork {
        Attachment *attachments;
        size_t n_attachments;
} PodNetwork;

#define POD_NETWORK_NOTE "network.json"

void pod_network_done(PodNetwork *n);
#define _cleanup_pod_network_ _cleanup_(pod_network_done)

/* -ENOENT: it is in none. */
int pod_network_read(int pod_fd, PodNetwork *ret, char **reterr_why);
int pod_network_write(int pod_fd, const PodNetwork *n);

/* All that the pod asks for, as it is found on this host; it is in none of them yet. */
int pod_network_plan(const AppcPod *pod, PodNetwork *ret, char **reterr_why);

/* Its addresses in all of them: strv, owned by the caller. */
int pod_network_addresses(const PodNetwork *n, char ***ret);

/* Its published ports, as plugins are told of them (network/port-mappings.h); NULL: it has none. Borrowed. */
const Json *pod_network_mappings(const PodNetwork *n);

/* The same as people read them: strv, owned by the caller. */
int pod_network_ports(const PodNetwork *n, char ***ret);
