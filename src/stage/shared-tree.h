/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* A volume of the host's, with what is mounted below, as a detached mount that is the same for whoever mounts something in it: the host
 * sees that, and the app what the host mounts. Returns an fd, or -errno and *reterr_why. */
int shared_tree_open(const Stage *s, const AppcVolume *v, char **reterr_why);
