/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"
#include "image/appc-pod.h"
#include "pod/pod-dir.h"

/* What the processes of a pod run as, and what its files are to others. All are NULL if it has none: SELinux is off, or it is not to have any. */
typedef struct PodLabels {
        char *process; /* of its app, of the systemd that starts its apps, or of what runs its virtual machine */
        char *file;   /* of what is its own */
        char *shared; /* of what pods share, and may write to */
        char *sealed; /* of layers: the same for all pods */
} PodLabels;

void pod_labels_done(PodLabels *labels);
#define _cleanup_pod_labels_ _cleanup_(pod_labels_done)

/* Whether it is to have any, where SELinux is on. */
bool pod_is_labelled(const AppcPod *pod);

/* Those of the policy of this host, at the pod's level, with what its manifest says. -ENOENT, -EINVAL and *reterr_why: the policy knows
 * nothing of containers, or not what the manifest says. */
int pod_labels_read(const AppcPod *pod, const PodDir *p, PodLabels *ret, char **reterr_why);
