/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how files get into the quarantine.
 * Never: replaces or follows anything that is there.
 * Follows: open(2). */

#include <fcntl.h>

#include "basic/fd.h"
#include "fetch/files.h"

int file_create_at(int dir_fd, const char *name, const void *data, size_t size) {
        _cleanup_close_ int fd =
                        openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;

        return fd_write_full(fd, data, size);
}
