/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/place.h"

/* Makes the host's volumes visible to the agent. Nothing if there are none. */
int volumes_open(const GuestConfig *c, char **reterr_why);

/* Mounts an app's volumes, in the order in which they were given. 0, or -errno and *reterr_why. */
int volumes_mount(Place *p, char **reterr_why);
