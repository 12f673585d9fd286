/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* The path of `sub` below /etc/gantry ($GANTRY_CONFIG_ROOT in front of it, for tests), owned by the
 * caller. */
int config_path(const char *sub, char **ret);

/* It is below /etc/gantry, where the administrator's files are. */
bool config_is_ours(const char *path);

/* Opens that directory, which is made if need be. Returns the fd. */
int config_open(const char *sub);

/* Removes a file, if it is still there. Logs. */
int config_remove(const char *path);

/* Writes a file below /etc/gantry/`directory`, making the directory. Logs. */
int config_write(const char *directory, const char *name, const void *data, size_t size, bool replace);
