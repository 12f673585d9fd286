/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

/* The stage1 image of this host's systemd as it is now, built by `gantry-stage1 build` if it is missing. Returns an fd, opened
 * read-only and locked shared as long as it is open. What is wrong with the host's systemd, gantry-stage1 has said on
 * standard error. */
int stage1_image_open(Store *s, int *ret_fd, char **reterr_why);
