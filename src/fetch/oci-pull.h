/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fetch/origin.h"
#include "fetch/platform.h"
#include "fetch/progress.h"
#include "store/store.h"

/* Fetches an image from a registry, layout or archive: metadata, admission, config, layers, name. Logs; on
 * failure nothing is left but what can be gone on with. */
int oci_pull(Store *s, Origin *o, const FetchPlatform *platform, Progress *progress, Digest *ret);
