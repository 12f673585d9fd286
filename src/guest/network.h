/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/config.h"

/* What has come into the file of a stream. */
int network_read(int fd, GuestNetwork *ret, char **reterr_why);

/* Makes the guest's devices the interfaces of the pod, and its texts what they are with these. 0, or -errno and *reterr_why. */
int network_make(const GuestNetwork *n, char **reterr_why);
