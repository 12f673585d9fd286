/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "settings/settings-request.h"

/* The tools that gantry-run drives, one function a step. Each logs what went wrong unless the tool has. */

/* Has the pod made that is asked for, of images that are fetched if they are missing, and judged. `manifest` (NULL: none) is the path of a pod
 * manifest, to which the settings are added. Its UUID, owned by the caller. */
int step_prepare(const PodRequest *request, const char *manifest, char **ret_uuid);
