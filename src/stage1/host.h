/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* The root of the host whose systemd images are made of: "/", for tests $GANTRY_HOST_ROOT. Returns an fd. */
int host_root_open(void);

/* Opens what is at the absolute `path` for whoever has this root; links do not lead out of it. Returns the fd. */
int host_open(int root_fd, const char *path, int flags);

/* The same for a regular file, to be read. -EINVAL: it is none; a FIFO would keep us waiting. */
int host_open_file(int root_fd, const char *path);
