/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "store/store.h"

/* Opens the layers that the root of an app of this image is stacked of (images/ID/layers), bottom first, each being what was sealed as far as that can be told
 * without reading it. The fds and their array are the caller's. Logs. */
int layers_open(Store *s, const Digest *image, int **ret, size_t *ret_n);
