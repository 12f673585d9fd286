/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"
#include "stage/pod-status.h"
#include "store/store.h"

/* Takes the pod's lock, and the pod to running. Waits for no disk: see pod_dir_move(). Logs. */
int claim_pod(Store *store, const char *uuid, PodDir *ret);

/* When what has run the pod, `supervisor`, has ended with a pod's status or failed with -errno: leaves what ExecStopPost= cannot know from the
 * unit's exit status, where a signal that killed the app looks like 128+n. Returns `status`. Logs what is wrong. */
int claim_finish(const PodDir *p, int status, const PodEnd *end, const char *supervisor);
