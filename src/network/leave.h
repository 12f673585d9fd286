/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"

/* Has pod-network take a pod that has ended out of its networks, in the store at `root`, if it is in any. It logs what fails; returns 0 or
 * -errno. */
int network_leave(const char *root, const PodDir *p);
