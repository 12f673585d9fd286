/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which host it is that systemd is taken from.
 * Never: leaves its root.
 * Follows: openat2(2), RESOLVE_IN_ROOT; docs/ENVIRONMENT.md. */

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/fd.h"
#include "stage1/host.h"

int host_root_open(void) {
        const char *root = secure_getenv("GANTRY_HOST_ROOT");

        int fd = open(root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int host_open(int root_fd, const char *path, int flags) {
        struct open_how how = {
                .flags = flags | O_CLOEXEC,
                .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
        };

        int fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
        return fd < 0 ? -errno : fd;
}

int host_open_file(int root_fd, const char *path) {
        struct stat st;

        _cleanup_close_ int fd = host_open(root_fd, path, O_RDONLY | O_NONBLOCK);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;

        return S_ISREG(st.st_mode) ? TAKE_FD(fd) : -EINVAL;
}
