/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: opening the image of the host's systemd.
 * Never: builds one; reads a file of the host.
 * Follows: docs/STAGE1.md. */

#include "stage1/build.h"
#include "stage1/stage1-image.h"

static int open_image(const Current *c, int dir_fd, void *userdata) {
        int *ret = userdata;

        int fd = current_open_image(c, dir_fd);
        if (fd < 0)
                return fd;

        *ret = fd;
        return 0;
}

int stage1_image_open(Store *s, int *ret_fd, char **reterr_why) {
        return stage1_open_or_build(s, STAGE1_IMAGE, open_image, ret_fd, reterr_why);
}
