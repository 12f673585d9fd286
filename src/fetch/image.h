/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fetch/quarantine.h"
#include "image/digest.h"
#include "store/layer.h"

/* An admitted image that is being completed. As long as `fd` is open it holds a shared lock on images/ID,
 * so that nobody takes it for one that was given up. */
typedef struct Image {
        Store *store; /* borrowed */
        Digest id;
        int fd;
        bool has_name;
} Image;

#define IMAGE_NULL                                                                                          \
        (Image) {                                                                                           \
                .fd = -EBADF                                                                                \
        }

/* Opens and locks an image. The caller shares the store's lock, or the image could be taken for one that was given
 * up, or that nobody needs. Logs. */
int image_open(Store *s, const Digest *id, Image *ret);

/* Has gantry-verify judge what is in the quarantine; if it admits, opens and locks the image. Logs. */
int image_admit(Store *s, Quarantine *q, Image *ret);

/* Gives it the name that makes it complete. Logs. */
int image_finish(Image *image, const char *reference);

/* Closes it. An image without a name was given up and is removed, unless somebody else is at work on it. */
void image_done(Image *image);
#define _cleanup_image_ _cleanup_(image_done)
