/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"

/* `gantry exec --tools=IMAGE`. */

/* Has the image mounted for the pod. Returns a detached mount. Logs, unless the programs that do it have. */
int exec_tools_mount(const PodDir *p, const char *image);

/* In a process that is in the pod, as its root: gives it a mount namespace of its own, in which the image is at TOOLS_DIRECTORY, and what is
 * the pod's in there (pod/tools.h). */
int exec_tools_attach(int tools);
