/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "init/app-config.h"

size_t services_count(const AppConfig *c);

/* In a pod that boots: what the systemd in it does for the app is in this process's environment. */
void services_take_from_manager(AppConfig *c);

/* In the process that will be the app: moves its sockets to where sd_listen_fds(3) looks for them, and tells it about them, the notify
 * socket and the watchdog. 0 or -errno. */
int services_apply(AppConfig *c);

/* In process 1, which has no use for the sockets once the app has them. */
void services_forget(const AppConfig *c);
