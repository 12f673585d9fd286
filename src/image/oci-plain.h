/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "image/oci.h"
#include "image/reference.h"

/* An image whose layers are not compressed, so that its config's diff_ids are their digests. It has the same documents
 * wherever they are made. */

/* `sizes` are those of the layers, in the config's order. */
int oci_plain_manifest(const Blob *config, const OciConfig *parsed, const uint64_t *sizes,
                       const Pairs *annotations, Blob *ret);

/* index.json of a layout that has this image alone. Its name (NULL: none) is told as BuildKit does: the tag as
 * org.opencontainers.image.ref.name, the whole as io.containerd.image.name. */
int oci_plain_index(const Blob *manifest, const OciConfig *config, const Reference *name, Blob *ret);
