/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fetch/image.h"
#include "fetch/origin.h"
#include "fetch/progress.h"
#include "image/oci.h"
#include "store/layer.h"

/* Brings all layers of an image, which is locked, into the store, several at a time. A layer the store has is not
 * downloaded. `ret` holds as many records as the manifest has layers. Logs. */
int layers_pull(const Image *image, Origin *o, Progress *progress, const OciManifest *manifest,
                const OciConfig *config, LayerRecord *ret);
