/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: locks between runs of this program.
 * Never: holds one when it has ended.
 * Follows: flock(2). */

#include <errno.h>
#include <fcntl.h>

#include "basic/fd.h"
#include "config.h"
#include "pod-network/lock.h"

int lock_take(const char *name, int operation) {
        _cleanup_close_ int directory = dir_open_at(AT_FDCWD, GANTRY_RUN_DIR, 0755);
        if (directory < 0)
                return directory;

        _cleanup_close_ int fd = openat(directory, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0 || flock(fd, operation) < 0)
                return -errno;

        return TAKE_FD(fd);
}
