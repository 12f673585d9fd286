/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/place.h"

/* What comes from outside, for whoever is process 1 of the pod: credentials, and where a systemd says that it is ready. */
#define HOST_DIRECTORY "/gantry/host"
#define HOST_SHOWN "/run/host"
#define HOST_NOTIFY "notify"

/* Makes it. Once. */
int host_directory_make(void);

/* Shows it in a root. */
int host_directory_show(const Place *p);

/* For the environment of that process: "CREDENTIALS_DIRECTORY=…", or NULL if there are none. */
char *host_directory_credentials(void);
