/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod-tool/enter.h"
#include "pod/pod-dir.h"

/* What a command is to join: finds a running pod, which of its apps is meant (NULL: the only one), and the way into that, which
 * stays as it was for a virtual machine. Logs. */
int exec_find_pod(const char *pod, const char *app, PodDir *ret, char **ret_app, Entrance *ret_entrance);
