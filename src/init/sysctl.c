/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: kernel parameters of the pod's network and IPC namespaces.
 * Never: asks whose a parameter is: pod/init-orders.h has.
 * Follows: sysctl(8) for the names, proc_sys(5). */

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "init/sysctl.h"

/* /proc/sys for this process alone, which may write where the pod may not: nspawn has made it read-only. */
static int open_parameters(void) {
        struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };

        int fd = open_tree(AT_FDCWD, "/proc/sys", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        if (fd < 0)
                return -errno;
        if (mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0) {
                int r = -errno;
                close(fd);
                return r;
        }

        return fd;
}

/* "net.ipv4.ip_forward=1" */
static int set(int parameters, const char *assignment) {
        const char *equals = strchr(assignment, '=');
        char path[256];

        if (!equals || equals - assignment >= (int) sizeof(path))
                return -EINVAL;
        (void) snprintf(path, sizeof(path), "%.*s", (int) (equals - assignment), assignment);
        for (char *p = path; *p; p++)
                if (*p == '.')
                        *p = '/';

        int fd = openat(parameters, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return -errno;
        int r = write(fd, equals + 1, strlen(equals + 1)) < 0 ? -errno : 0;
        close(fd);
        return r;
}

int sysctl_apply(const AppConfig *c, const char **reterr_parameter) {
        if (!c->sysctls)
                return 0;

        *reterr_parameter = c->sysctls[0];
        int parameters = open_parameters(), r = parameters < 0 ? parameters : 0;
        for (char **assignment = c->sysctls; r >= 0 && *assignment; assignment++) {
                *reterr_parameter = *assignment;
                r = set(parameters, *assignment);
        }

        if (parameters >= 0)
                close(parameters);
        return r;
}
