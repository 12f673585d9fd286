/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "init/app-config.h"

/* Sets the kernel parameters of the orders, which are of the pod's own namespaces. 0, or -errno with *reterr_parameter, "NAME=VALUE". */
int sysctl_apply(const AppConfig *c, const char **reterr_parameter);
