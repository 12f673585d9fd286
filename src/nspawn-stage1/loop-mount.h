/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For kernels that mount EROFS from block devices only: mounts the file by a loop device, which goes with
 * the mount. Uses `where`, an empty directory, on the way and leaves it empty. Returns a detached mount's
 * fd or -errno. */
int loop_mount(int layer_fd, const char *where);
