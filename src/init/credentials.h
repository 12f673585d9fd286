/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "init/app-config.h"

/* Gives the user what nspawn has put into process 1's $CREDENTIALS_DIRECTORY: a copy that only he can read and nobody can
 * change. -ENOKEY: there are none. */
int credentials_give(const AppConfig *c, uid_t uid, gid_t gid);

/* Tells the app where they are. */
int credentials_announce(AppConfig *c);
