/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "init/app-config.h"

/* Turns the calling process, root inside the pod, into the app's: bounding set, groups, user,
 * capabilities, working directory, no_new_privs, in this order; adds HOME to the environment if it is
 * missing. 0, or -errno with *reterr_what saying at which step (a literal). There is no way back, also
 * not from a failure. */
int identity_apply(AppConfig *c, const char **reterr_what);
