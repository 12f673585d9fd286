/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"

/* Process 1 of an app of a running pod, as the host sees it. Logs; -ESRCH: the app does not run. */
int pod_tool_leader(const PodDir *p, const char *app, pid_t *ret);
