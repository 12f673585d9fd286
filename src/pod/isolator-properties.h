/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-isolator.h"

/* What the resource isolators of an app ask of its service, as properties of a unit: "MemoryMax=1073741824". Appended to
 * `properties`. -EINVAL and *reterr_why if they contradict each other. */
int isolator_properties(const AppcIsolator *isolators, size_t n, char ***properties, char **reterr_why);
