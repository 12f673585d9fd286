/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "init/app-config.h"

/* Uncovers, covers and makes read-only the paths of the orders, for all of the pod; those that are not there are passed over.
 * 0, or -errno with *reterr_path. */
int mounts_apply(const AppConfig *c, const char **reterr_path);
