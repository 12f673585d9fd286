/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/config.h"

/* Loads what the pod needs of the kernel. 0, or -errno and *reterr_why. */
int modules_load(const GuestConfig *c, char **reterr_why);

/* What nobody has to wait for, nothing if it is not there. The last that is loaded. */
void modules_load_late(void);
