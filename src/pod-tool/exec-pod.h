/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod-tool/enter.h"
#include "pod/pod-dir.h"

/* What a command is to join. These log. */

/* Finds a running pod, and the way into it. */
int exec_find_pod(const char *pod, PodDir *ret, Entrance *ret_entrance);

/* The name of the app that the command is to be like; NULL: the first. */
int exec_find_app(const PodDir *p, const char *pod, const char *app, char **ret);
