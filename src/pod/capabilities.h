/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"

/* What of root's power an app has: masks of CAPABILITY_BIT(). For all of them -EINVAL and *reterr_why if a name is none. */

/* What it may have at all: its isolators "os/linux/capabilities-retain-set" or "…-remove-set" say so, else the default. */
int app_capabilities(const AppcPodApp *app, uint64_t *ret, char **reterr_why);

/* What of these it has though its user is not root: what was asked for by name. */
int app_ambient_capabilities(const AppcPodApp *app, uint64_t *ret, char **reterr_why);

/* May it not gain any by executing a program? */
bool app_has_no_new_privileges(const AppcPodApp *app);
