/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "init/app-config.h"

/* Turns the calling process, root inside the pod, into the app's: credentials, bounding set, groups, user,
 * capabilities, working directory, no_new_privs, filter, in this order; adds to the environment HOME, if it is
 * missing, and where the credentials are. 0, or -errno with *reterr_what saying at which step (a literal). -ESRCH: a
 * name is unknown; -ERANGE: the pod has no such ID; -ENOKEY: there are no credentials. There is no way back, also not from a failure. */
int identity_apply(AppConfig *c, const char **reterr_what);
