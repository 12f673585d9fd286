/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "settings/pod-file.h"

/* The verbs of `gantry pod`, with the pod files they are for: names, or paths where there is a '/'. 0 or -errno; what is wrong has been said. */
int pod_check(char *const *files);
int pod_cat(char *const *files);
int pod_list(char *const *files);

/* Loads the one that is meant, or says why that cannot be done. */
int pod_tool_load(const char *text, PodFile **ret);
