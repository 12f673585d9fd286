/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "image/appc.h"
#include "image/oci.h"

/* What an image of the store says it is. */
typedef struct Documents {
        Blob manifest, config; /* config: OCI only */
        OciManifest *oci;
        OciConfig *oci_config;
        AppcImage *appc; /* or this one */
} Documents;

void documents_done(Documents *d);
#define _cleanup_documents_ _cleanup_(documents_done)

/* Reads them, and compares them with the digests they go by: an OCI manifest with the image's ID, the config
 * with what the manifest says. -EBADMSG and *reterr_why if they are not right, or not there. An ACI's ID is that of
 * the whole archive, so its manifest is only known to be one. */
int documents_read(int image_fd, const Digest *id, Documents *ret, char **reterr_why);
