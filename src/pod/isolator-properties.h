/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-isolator.h"

/* What the resource isolators of an app, or a pod, ask of its unit, as properties of that: "MemoryMax=1073741824". Appended to
 * `properties`. -EINVAL and *reterr_why if they contradict each other. */
int isolator_properties(const AppcIsolator *isolators, size_t n, char ***properties, char **reterr_why);

/* What an isolator of a disk, "resource/block-bandwidth" or "resource/block-iops", allows a second. Whether there is one. */
bool isolator_disk_limit(const AppcIsolator *isolators, size_t n, const char *name, uint64_t *ret);
