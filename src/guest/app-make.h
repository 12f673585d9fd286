/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/app.h"

/* Puts an app together: its root with all that is mounted there but the texts (guest/files.h), and the sockets in its INIT_DIRECTORY. 0, or
 * -errno and *reterr_why. */
int app_make(const GuestApp *config, uint16_t number, bool boots, App *ret, char **reterr_why);
void app_done(App *a);
