/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "init/app-config.h"

/* In the process that will be the app: moves its sockets to where sd_listen_fds(3) looks for them, and tells it about them, the notify
 * socket and the watchdog. 0 or -errno. */
int services_apply(AppConfig *c);

/* In process 1, which has no use for the sockets once the app has them. */
void services_forget(const AppConfig *c);
