/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"
#include "stage/pod-status.h"
#include "store/store.h"

/* Takes the pod's lock, and the pod to running. Waits for no disk: see pod_dir_move(). Logs. */
int claim_pod(Store *store, const char *uuid, PodDir *ret);

/* For ExecStopPost=, which knows the unit's exit status only: a signal that killed the app looks like 128+n there. */
void claim_write_end(const PodDir *p, const PodEnd *end);
