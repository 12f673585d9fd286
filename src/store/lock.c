/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the store's lock, an flock on its root directory.
 * Never: knows what is done under it.
 * Follows: flock(2); docs/STORE.md, "Who may remove what". */

#include <sys/file.h>

#include "basic/fd.h"
#include "store/lock.h"

int store_lock(Store *s, StoreLock how) {
        _cleanup_close_ int fd = dir_open_at(store_root_fd(s), ".", 0);
        if (fd < 0)
                return fd;

        while (flock(fd, how == STORE_SHARED ? LOCK_SH : LOCK_EX) < 0)
                if (errno != EINTR)
                        return -errno;

        return TAKE_FD(fd);
}
