/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"

/* A pod in the foreground whose app has a terminal or takes input: somebody talks with it while somebody waits for it. */

/* Was it prepared to be talked to? */
int attended_is_wanted(const PodDir *p, bool *ret);

/* Has a child run the pod, whose unit's standard input is to be `in`, and lets the caller talk with the app meanwhile. `run` returns the
 * exit status or -errno; so does this function, and 0 when the caller has left. */
int attended_run(const PodDir *p, const char *detach_keys, int (*run)(const PodDir *p, int in));
