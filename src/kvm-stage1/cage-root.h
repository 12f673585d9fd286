/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* What a caged child sees of the host's files: its program's directories, read-only. `name` is where it is, in the place. The path is the
 * caller's. */
int cage_root_make(const Stage *s, const char *name, char **ret);

/* Besides, at `path` in such a root: a file of the host, read-only or as it is. */
int cage_root_show(const char *root, const char *path, int fd, bool read_only);

/* And a device. -ENOENT: there is none. */
int cage_root_add_device(const char *root, const char *name);
