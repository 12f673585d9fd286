/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fetch/image.h"
#include "fetch/platform.h"
#include "image/appc-whitelist.h"
#include "image/appc.h"

/* An ACI of the store that is being completed, or that another one needs: locked as long as it is open. */
typedef struct AciImage {
        Image image;
        AppcImage *manifest;
        AppcWhitelist whitelist; /* aci_image_whitelist() */
        LayerRecord layer;       /* its own, when it is in the store */
        uint64_t unpacked;       /* bytes of its archive; 0 if the layer had been there */
} AciImage;

#define ACI_IMAGE_NULL                                                                                      \
        (AciImage) {                                                                                        \
                .image = IMAGE_NULL                                                                         \
        }

/* Reads the manifest of one that is open. Logs, with `text` for a name. */
int aci_image_read(AciImage *image, const char *text);

/* Its own pathWhitelist, or NULL. An empty one is none: that is what the spec's own code makes of it. */
const AppcWhitelist *aci_image_whitelist(const AciImage *image);

/* What is not complete is removed, as image_done() does. */
void aci_image_done(AciImage *image);
#define _cleanup_aci_image_ _cleanup_(aci_image_done)

/* Is it for this platform? appc has words of its own for machines. 0, or -EBADMSG and a text. */
int aci_check_platform(const AppcImage *manifest, const FetchPlatform *p, char **reterr_why);

/* "aci:NAME[:version]": what it calls itself. */
int aci_image_name(const AciImage *image, char **ret);
