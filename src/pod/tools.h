/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* `gantry exec --tools=IMAGE`: the image is the command's root, and shows what is the pod's beside it. */

/* In the pod: an empty directory, for the command alone there is the image */
#define TOOLS_DIRECTORY "/run/gantry/tools"

/* In the image: the pod's root, and what is in that that is not of its image either. */
#define TOOLS_POD "pod"
#define TOOLS_DIRECTORIES TOOLS_POD, "proc", "sys", "dev", "run"

#define TOOLS_SOCKET 3 /* mount-tools sends the image over this, as a detached mount */
