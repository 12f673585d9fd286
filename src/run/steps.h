/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* The tools that gantry-run drives, one function a step. Each logs what went wrong unless the tool has. */

/* Judges the image against the rules of this moment. -EACCES: refused. */
int step_verify(const char *image);

/* Prepares a pod of an image of the store; the settings are "KEY=VALUE", the arguments "-- ARG…" or none. Its UUID, owned by
 * the caller. */
int step_prepare(char *const *settings, const char *image, char *const *arguments, char **ret_uuid);
