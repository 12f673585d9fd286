/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fetch/client.h"
#include "image/oci.h"
#include "store/store.h"

/* Downloads one layer and seals it, both at once, and publishes it when the compressed bytes are those of
 * the manifest and the tar in them is that of the config. A layer the store has is not downloaded.
 * `label` ("Layer 2 of 3") is for people. Logs. */
int layer_pull(Store *s, const Origin *o, const OciDescriptor *layer, const Digest *diff_id,
               const char *label);
