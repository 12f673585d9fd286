/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "settings/settings-request.h"

/* The tools that gantry-run drives, one function a step. Each logs what went wrong unless the tool has. */

/* Prepares a pod as it is asked for, but of these images of the store, which are as many. Its UUID, owned by the caller. */
int step_prepare(const PodRequest *request, char *const *images, char **ret_uuid);

/* The same for a pod manifest, to which the settings are added. Images that are missing are fetched. */
int step_prepare_manifest(const PodRequest *request, const char *path, char **ret_uuid);
