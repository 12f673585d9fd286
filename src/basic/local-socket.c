/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: AF_UNIX sockets of programs that run at the same time, by a directory that both can open.
 * Never: knows what is said over them.
 * Follows: unix(7). */

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/local-socket.h"

static struct sockaddr_un address_of(int dir_fd, const char *name) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        (void) snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir_fd, name);
        return address;
}

int local_socket_bind(int dir_fd, const char *name, int type) {
        struct sockaddr_un address = address_of(dir_fd, name);

        if (unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
                return -errno;
        _cleanup_close_ int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
        if (fd < 0 || bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;

        return TAKE_FD(fd);
}

static int connect_to(const struct sockaddr_un *address, int type) {
        _cleanup_close_ int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *) address, sizeof(*address)) < 0)
                return -errno;

        return TAKE_FD(fd);
}

int local_socket_connect(int dir_fd, const char *name, int type) {
        struct sockaddr_un address = address_of(dir_fd, name);
        return connect_to(&address, type);
}

int local_socket_connect_path(const char *path, int type) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;

        strcpy(address.sun_path, path);
        return connect_to(&address, type);
}
